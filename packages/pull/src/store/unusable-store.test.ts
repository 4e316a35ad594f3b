import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { removeUnnamed } from "./prune.ts";
import { Store } from "./store.ts";

const sha256 = "ab".repeat(32);

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "menagerie-unusable-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

test("a folder of models that cannot be written is told in words, whatever is asked of it", async () => {
  const root = await folder();
  await writeFile(join(root, ".store"), "a file in its place");
  const store = new Store(root);
  const remote = { path: "a", sizeBytes: 4, identity: "a", read: () => Promise.reject(new Error("not asked")) };
  for (const ask of [
    () => store.bring(remote, { what: "a of b", hasToken: false }),
    () => removeUnnamed(store, sha256),
    () => store.digestInPlace("nothing"),
    () => store.target(`${"x".repeat(300)}/y`),
    () => store.target(".store2/../.storefile\0/y"),
    () => new Store(join(root, ".store", "root")).target("x"),
  ])
    await expect(ask()).rejects.toMatchObject({ code: "system_error" });
});

test("a link that leads to itself is told in words", async () => {
  const root = await folder();
  await symlink("loop", join(root, "loop"));
  await expect(new Store(root).target("loop/x")).rejects.toMatchObject({ code: "system_error" });
});
