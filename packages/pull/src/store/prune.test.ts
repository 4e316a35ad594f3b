import { rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { BoxedPull, specOf, weights } from "../hub-in-a-box/boxed-pull.ts";
import { prunable, prune, removeName, removeUnnamed, storeContents } from "../index.ts";
import { noteUser, noteUserOfPresent, usersOf } from "./users.ts";

const files = { "onnx/model.onnx": weights(50_000), "other.onnx": weights(30_000), "tokenizer.json": weights(300) };

/** A folder of models with two pulled models that share a file, and one that somebody put there. */
async function filled(): Promise<BoxedPull> {
  const box = await BoxedPull.of({ files });
  await box.pull();
  await box.pull({
    spec: specOf({
      model_name: "other",
      local_artifacts: [
        { name: "model", path: "other/other.onnx" },
        { name: "same", path: "other/onnx/model.onnx" },
      ],
    }),
  });
  await writeFile(join(box.root, "mine.onnx"), "by hand");
  return box;
}

describe("the store", () => {
  test("keeps bytes once, whatever names they have", async () => {
    await using box = await filled();
    const { files: stored, others } = await storeContents(box.store);
    expect(stored.map(({ names }) => names).sort()).toEqual([
      ["other/onnx/model.onnx", "small/onnx/model.onnx"],
      ["other/other.onnx"],
    ]);
    expect(others.map(({ path }) => path)).toEqual(["mine.onnx"]);
    expect(box.hub.sentBytes).toBe(80_000);
    expect((await stat(join(box.root, "small/onnx/model.onnx"))).mode & 0o222).toBe(0);
  });

  test("loses by a prune what nobody names, and nothing of others", async () => {
    await using box = await filled();
    const found = prunable(await storeContents(box.store), new Set(["small/onnx/model.onnx"]));
    expect(found).toMatchObject({ names: ["other/onnx/model.onnx", "other/other.onnx"], freedBytes: 30_000 });
    expect(await box.files()).toHaveLength(6);
    await prune(box.store, found);
    const left = (await box.files()).filter((file) => !file.startsWith(".store"));
    expect(left).toEqual(["mine.onnx", "small/onnx/model.onnx"]);
    expect((await storeContents(box.store)).files).toHaveLength(1);
  });

  test("keeps a file while one name of it is left", async () => {
    await using box = await filled();
    const [shared] = (await storeContents(box.store)).files.filter(({ names }) => names.length === 2);
    await removeName(box.store, "small/onnx/model.onnx");
    expect(await removeUnnamed(box.store, shared?.sha256 ?? "")).toBe(0);
    await removeName(box.store, "other/onnx/model.onnx");
    expect(await removeUnnamed(box.store, shared?.sha256 ?? "")).toBe(50_000);
  });

  test("loses half pulls that were given up, and keeps those of today", async () => {
    await using box = await BoxedPull.of({ files });
    const stop = new AbortController();
    box.hub.faults.add({ kind: "throttle", bytesPerSecond: 200_000 });
    const onProgress = ({ receivedBytes }: { receivedBytes: number }): void => {
      if (receivedBytes > 0) stop.abort();
    };
    await expect(box.pull({ signal: stop.signal, onProgress })).rejects.toMatchObject({ name: "AbortError" });
    const { incoming } = await storeContents(box.store);
    expect(incoming).toHaveLength(2);
    expect(prunable({ files: [], others: [], incoming }, new Set()).incoming).toEqual([]);
    for (const { path } of incoming) await utimes(join(box.root, path), 1, 1);
    const old = prunable(await storeContents(box.store), new Set());
    await prune(box.store, old);
    expect(await box.files()).toEqual([]);
  });

  test("knows the locks of all zoos that pull into it", async () => {
    await using box = await BoxedPull.of({ files });
    await Promise.all([noteUser(box.store, "/a/zoo.lock"), noteUser(box.store, "/b/zoo.lock")]);
    await noteUser(box.store, "/a/zoo.lock");
    expect(await usersOf(box.store)).toEqual(["/a/zoo.lock", "/b/zoo.lock"]);
  });

  test("knows a zoo that found its files there, and is not made where no pull has brought any", async () => {
    await using box = await BoxedPull.of({ files });
    await noteUserOfPresent(box.store, "/a/zoo.lock");
    expect(await box.files()).toEqual([]);
    await box.pull();
    await noteUserOfPresent(box.store, "/a/zoo.lock");
    expect(await usersOf(box.store)).toEqual(["/a/zoo.lock"]);
  });

  test("keeps what a lock names in another way of writing", async () => {
    await using box = await BoxedPull.of({ files });
    await box.pull();
    for (const path of ["./small/onnx/model.onnx", "small//onnx/./model.onnx"])
      expect(prunable(await storeContents(box.store), new Set([path])).names).toEqual([]);
  });

  test("is not pruned where its notes of zoos are damaged, and says so", async () => {
    await using box = await BoxedPull.of({ files });
    await noteUser(box.store, "/a/zoo.lock");
    const note = (await box.files()).find((file) => file.startsWith(".store/zoos/")) ?? "";
    for (const damaged of ["", "{}", "[1"]) {
      await writeFile(join(box.root, note), damaged);
      await expect(usersOf(box.store)).rejects.toMatchObject({
        code: "system_error",
        message: expect.stringContaining(note),
      });
    }
  });

  test("does not trust a file of its own that was damaged", async () => {
    await using box = await filled();
    const [file] = (await storeContents(box.store)).files;
    const blob = box.store.blob(file?.sha256 ?? "");
    await rm(blob);
    await writeFile(blob, "damaged");
    expect(await box.store.has(file?.sha256 ?? "")).toBe(false);
    await expect(stat(blob)).rejects.toMatchObject({ code: "ENOENT" });
  });
});
