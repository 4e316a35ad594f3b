import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type LockedModel, readZooLock, type ZooLock } from "@menagerie/core/host";
import { Store, usersOf } from "@menagerie/pull";
import { packTar } from "modern-tar";
import { describe, expect, onTestFinished, test } from "vitest";
import { exportBundle } from "./export-bundle.ts";
import { importBundle } from "./import-bundle.ts";
import { checkedBundle } from "./read-bundle.ts";

const contents: Readonly<Record<string, string>> = {
  "clip/onnx/vision.onnx": "vision ".repeat(30_000),
  "clip/onnx/text.onnx": "text",
  "clip/tokenizer.json": "{}",
};
const digest = (text: string): string => createHash("sha256").update(text).digest("hex");

function model(name: string, paths: readonly string[]): LockedModel {
  const artifacts = paths.map((path, i) => {
    const content = contents[path] ?? "";
    return { name: `a${i}`, path, sha256: digest(content), size_bytes: content.length };
  });
  return { model: name, origin: { repository: "acme/clip", revision: "1f".repeat(20) }, licence: "MIT", artifacts };
}

const lock: ZooLock = {
  menagerie_lock: 1,
  models: [model("clip", Object.keys(contents)), model("clip-text", ["clip/onnx/text.onnx"])],
  plugins: [],
  memory: [],
};

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "menagerie-bundle-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

async function models(): Promise<string> {
  const root = await folder();
  for (const [path, content] of Object.entries(contents)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  return root;
}

async function exported(): Promise<string> {
  const file = join(await folder(), "models.tar");
  await exportBundle({ file, lock, modelsRoot: await models(), spec: "zoo_name: a\n" });
  return file;
}

async function place() {
  const dir = await folder();
  return { modelsRoot: join(dir, "models"), lockFile: join(dir, "zoo.lock"), specFile: join(dir, "zoo.yaml") };
}

describe("a bundle", () => {
  test("brings models, their lock and the zoo spec to another folder, and again without writing", async () => {
    const file = await exported();
    const to = await place();
    const first = await importBundle({ file, ...to });
    expect(first).toMatchObject({ written: 3, files: 3, spec: "written" });
    for (const [path, content] of Object.entries(contents))
      expect(await readFile(join(to.modelsRoot, path), "utf8")).toBe(content);
    expect((await readZooLock(to.lockFile)).models).toEqual((await checkedBundle(file)).lock.models);
    expect(await readFile(to.specFile, "utf8")).toBe("zoo_name: a\n");
    expect(await importBundle({ file, ...to })).toMatchObject({ written: 0, files: 3, spec: "kept" });
  });

  test("of the same models is the same, byte for byte", async () => {
    const [one, other] = [await exported(), await exported()];
    expect(digest((await readFile(one)).toString("latin1"))).toBe(digest((await readFile(other)).toString("latin1")));
  });

  test("is not made of a file that is not the locked one, and leaves nothing behind", async () => {
    const root = await models();
    const file = join(await folder(), "models.tar");
    const make = (): Promise<unknown> => exportBundle({ file, lock, modelsRoot: root });
    await writeFile(join(root, "clip/onnx/text.onnx"), "tex_");
    await expect(make()).rejects.toMatchObject({ code: "weights_digest_mismatch" });
    await writeFile(join(root, "clip/onnx/text.onnx"), "longer");
    await expect(make()).rejects.toThrow(/it has 6 bytes, and 4 are locked/);
    await rm(join(root, "clip/onnx/text.onnx"));
    await expect(make()).rejects.toMatchObject({ code: "weights_missing" });
    expect(await readdir(dirname(file))).toEqual([]);
  });

  test("with one byte that is another brings nothing, wherever it is", async () => {
    const whole = await readFile(await exported());
    const file = join(await folder(), "changed.tar");
    const to = await place();
    for (let at = 0; at < whole.length; at += 9001) {
      const changed = Uint8Array.from(whole);
      changed[at] = (changed[at] as number) ^ 1;
      await writeFile(file, changed);
      const brought = await importBundle({ file, ...to }).then(
        () => true,
        () => false,
      );
      // What lies between files means nothing.
      if (brought) expect(whole[at]).toBe(0);
      else expect(await stat(to.modelsRoot).catch(() => undefined)).toBeUndefined();
      await rm(dirname(to.modelsRoot), { recursive: true, force: true });
      await mkdir(dirname(to.modelsRoot));
    }
  });

  test("that was not copied whole is refused, wherever it ends", async () => {
    const source = await exported();
    const { size } = await stat(source);
    for (let length = size - 1024; length >= 0; length -= 20_003) {
      await truncate(source, length);
      await expect(checkedBundle(source), String(length)).rejects.toMatchObject({ code: "input_invalid" });
    }
  });

  test.each([
    ["a file that its lock does not know", { name: "models/other", body: "x" }, /does not know "models\/other"/],
    ["a name that leaves the folder", { name: "models/../../x", body: "x" }, /does not know/],
    ["a link", { name: "models/clip/tokenizer.json", type: "symlink", linkname: "/etc/passwd" }, /is no file/],
  ] as const)("with %s is refused", async (_, entry, words) => {
    const file = join(await folder(), "made.tar");
    const head = { header: { name: "zoo.lock", size: JSON.stringify(lock).length }, body: JSON.stringify(lock) };
    const { name, ...rest } = entry;
    const body = "body" in rest ? rest.body : undefined;
    const header = {
      name,
      size: body?.length ?? 0,
      ...("type" in rest ? { type: rest.type, linkname: rest.linkname } : {}),
    };
    await writeFile(file, await packTar([head, { header, ...(body === undefined ? {} : { body }) }]));
    await expect(checkedBundle(file)).rejects.toThrow(words);
  });

  test.each([1e15, 1, 0.5])(
    "whose lock says of a file that it has %d bytes is refused before anything is written",
    async (size) => {
      const [whole] = [JSON.stringify({ ...lock, models: [model("clip-text", ["clip/onnx/text.onnx"])] })];
      const text = whole.replace('"size_bytes":4', `"size_bytes":${size}`);
      const file = join(await folder(), "made.tar");
      const entries = [
        { header: { name: "zoo.lock", size: text.length }, body: text },
        { header: { name: "models/clip/onnx/text.onnx", size: 4 }, body: "text" },
      ];
      await writeFile(file, await packTar(entries));
      const to = await place();
      await expect(importBundle({ file, ...to })).rejects.toMatchObject({ code: "input_invalid" });
      expect(await readdir(dirname(to.modelsRoot))).toEqual([]);
    },
  );

  test("is known to the folder that it was brought to, so that no other zoo prunes its files", async () => {
    const to = await place();
    await importBundle({ file: await exported(), ...to });
    expect(await usersOf(new Store(to.modelsRoot))).toEqual([to.lockFile]);
  });

  test.skipIf(process.platform === "win32")("is not made of a pipe, nor waits for one", async () => {
    const root = await models();
    await rm(join(root, "clip/onnx/text.onnx"));
    execFileSync("mkfifo", [join(root, "clip/onnx/text.onnx")]);
    const make = exportBundle({ file: join(await folder(), "models.tar"), lock, modelsRoot: root });
    await expect(make).rejects.toThrow(/it is no file/);
  });

  test("does not take the place of other files or of another lock, unless that is asked", async () => {
    const file = await exported();
    const to = await place();
    await mkdir(join(to.modelsRoot, "clip"), { recursive: true });
    await writeFile(join(to.modelsRoot, "clip/tokenizer.json"), "mine");
    await expect(importBundle({ file, ...to })).rejects.toMatchObject({ code: "weights_digest_mismatch" });
    expect(await readFile(join(to.modelsRoot, "clip/tokenizer.json"), "utf8")).toBe("mine");
    await writeFile(
      to.lockFile,
      JSON.stringify({
        menagerie_lock: 1,
        models: [{ ...lock.models[1], artifacts: [{ ...lock.models[1]?.artifacts[0], sha256: digest("mine") }] }],
      }),
    );
    await expect(importBundle({ file, ...to })).rejects.toThrow(
      /has other files of clip-text than the bundle.*--force/,
    );
    await importBundle({ file, ...to, isReplaced: true });
    expect(await readFile(join(to.modelsRoot, "clip/tokenizer.json"), "utf8")).toBe("{}");
  });

  test("that is withdrawn ends with the reason", async () => {
    const file = await exported();
    const reason = new Error("enough");
    await expect(checkedBundle(file, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
