import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { BoxedPull, specOf, weights } from "../hub-in-a-box/boxed-pull.ts";
import { carryOut, originAddress, planPull, requireSpace, Sources, Store } from "../index.ts";

/** A small disk of its own; undefined where this user may not mount one. */
async function smallDisk(): Promise<({ readonly path: string } & AsyncDisposable) | undefined> {
  const path = await mkdtemp(join(tmpdir(), "menagerie-disk-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", path], { stdio: "ignore" });
  } catch {
    await rm(path, { recursive: true, force: true });
    return undefined;
  }
  const undo = async (): Promise<void> => {
    execFileSync("umount", ["-l", path]);
    await rm(path, { recursive: true, force: true });
  };
  return { path, [Symbol.asyncDispose]: undo };
}

test("a disk that is too small is told before a byte comes, one that fills up meanwhile when it is full", async () => {
  await using disk = await smallDisk();
  if (disk === undefined) return;
  await using box = await BoxedPull.of({ files: { "onnx/model.onnx": weights(3_000_000) } });
  using sources = new Sources([], { env: box.env });
  const store = new Store(join(disk.path, "models"));
  const plan = await planPull(specOf(), await sources.open(originAddress(specOf()), { env: box.env }), store);
  await expect(requireSpace([plan], store)).rejects.toMatchObject({
    code: "system_error",
    message: expect.stringMatching(/has \d MB free, and 35 MB are needed: 3 MB to fetch.*Nothing was fetched/),
  });
  expect(box.hub.sentBytes).toBe(0);
  await expect(carryOut(plan, store, { env: box.env })).rejects.toMatchObject({
    code: "system_error",
    message: expect.stringMatching(/the disk is full \(ENOSPC\)/),
  });
  expect((await store.received(plan.files[0]?.remote ?? expect.fail())) > 0).toBe(true);
});
