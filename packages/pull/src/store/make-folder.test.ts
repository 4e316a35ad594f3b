import { mkdtemp, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeFolder } from "./make-folder.ts";

let place: string;
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), "menagerie-folder-"));
});
afterAll(() => rm(place, { recursive: true, force: true }));

test("a folder is made with those above it, also by several at once, and one that is there stays", async () => {
  const folder = join(place, "a/b/c");
  await Promise.all(Array.from({ length: 8 }, () => makeFolder(folder)));
  await makeFolder(folder);
  expect((await stat(folder)).isDirectory()).toBe(true);
});

test("what cannot be a folder is refused: a file, a link to nothing", async () => {
  await writeFile(join(place, "file"), "");
  await symlink(join(place, "not/mounted"), join(place, "link"));
  await expect(makeFolder(join(place, "file"))).rejects.toMatchObject({ code: "EEXIST" });
  await expect(makeFolder(join(place, "file/below"))).rejects.toMatchObject({ code: "ENOTDIR" });
  await expect(makeFolder(join(place, "link"))).rejects.toMatchObject({ code: "EEXIST" });
  await expect(makeFolder(join(place, "link/below"))).rejects.toThrow();
});

test.runIf(process.platform === "linux")("a file system that has no room for folders ends the attempt", async () => {
  await expect(makeFolder("/proc/menagerie/models")).rejects.toMatchObject({ code: "ENOENT" });
});
