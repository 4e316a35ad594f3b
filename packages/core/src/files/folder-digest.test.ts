import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rename, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { removeFolder } from "../forms/form-files.ts";
import { assertFolderUnchanged, folderDigest } from "./folder-digest.ts";

let root: string;
let count = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "menagerie-folder-digest-"));
});
afterAll(() => removeFolder(root));

type Files = readonly (readonly [name: string, content: string])[];

async function folderWith(files: Files, emptyFolders: readonly string[] = []): Promise<string> {
  const folder = join(root, String(count++));
  await mkdir(folder);
  for (const name of emptyFolders) await mkdir(join(folder, name), { recursive: true });
  for (const [name, content] of files) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return folder;
}

/** The digest as its definition says it, and not as it is computed. */
function defined(files: Files): string {
  const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
  const lines = files
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, content]) => `${name}\0${Buffer.byteLength(content)}\0${sha256(content)}\n`);
  return sha256(lines.join(""));
}

/** Names as people and programs make them: spaces, signs, other scripts, a line feed, a leading dot. */
const segment = fc
  .string({ unit: fc.constantFrom(..."abAB01 ._-+()é漢\n"), minLength: 1, maxLength: 8 })
  .filter((name) => name !== "." && name !== "..");
const files = fc
  .uniqueArray(
    fc.record({ path: fc.array(segment, { minLength: 1, maxLength: 3 }), content: fc.string({ maxLength: 20 }) }),
    { maxLength: 6, selector: ({ path }) => path[0] },
  )
  .map((all) => all.map(({ path, content }) => [path.join("/"), content] as const));

describe("the digest of a folder", () => {
  test("is that of its files' names, sizes and bytes, in whatever order they were written", async () => {
    await fc.assert(
      fc.asyncProperty(files, fc.infiniteStream(fc.nat()), async (all, order) => {
        const shuffled = all
          .map((file) => [order.next().value as number, file] as const)
          .sort(([a], [b]) => a - b)
          .map(([, file]) => file);
        const [one, other] = [await folderWith(all), await folderWith(shuffled)];
        expect((await folderDigest(one)).sha256).toBe(defined(all));
        expect((await folderDigest(other)).sha256).toBe(defined(all));
      }),
      { numRuns: 25 },
    );
  });

  test("does not see empty folders and times, and sees each name and each byte", async () => {
    const all: Files = [
      ["a/b.bin", "weights"],
      ["c", ""],
    ];
    const { sha256 } = await folderDigest(await folderWith(all));
    expect((await folderDigest(await folderWith(all, ["empty", "a/empty/too"]))).sha256).toBe(sha256);
    const older = await folderWith(all);
    await utimes(join(older, "c"), 1, 1);
    expect((await folderDigest(older)).sha256).toBe(sha256);
    for (const other of [
      [["a/b.bin", "weightZ"], all[1]],
      [["a/B.bin", "weights"], all[1]],
      [["a_b.bin", "weights"], all[1]],
      [all[0]],
      [all[0], ["c", "\0"]],
      [...all, ["d", ""]],
    ] as Files[])
      expect((await folderDigest(await folderWith(other))).sha256).not.toBe(sha256);
  });

  test("cannot be had by moving a line's end into a name", async () => {
    const one = await folderWith([["a", "x"]]);
    const { sha256 } = await folderDigest(one);
    const forged = `a\0${1}\0${createHash("sha256").update("x").digest("hex")}`.replaceAll("\0", "0");
    expect((await folderDigest(await folderWith([[`${forged}\nb`, "y"]]))).sha256).not.toBe(sha256);
  });
});

describe("a link in a folder", () => {
  test("to a file within the root stands for the file", async () => {
    const folder = await folderWith([
      ["blobs/one", "weights"],
      ["snapshot/other", "x"],
    ]);
    await symlink("../blobs/one", join(folder, "snapshot/model.bin"));
    const found = await folderDigest(join(folder, "snapshot"), { root: folder });
    expect(found.sha256).toBe(
      defined([
        ["model.bin", "weights"],
        ["other", "x"],
      ]),
    );
    await expect(folderDigest(join(folder, "snapshot"))).rejects.toMatchObject({ code: "artifact_outside_root" });
  });

  test("that leaves the root is refused, and so are one to a folder and one to nothing", async () => {
    const outside = await folderWith([["secret", "x"]]);
    const refused = async (target: string): Promise<unknown> => {
      const folder = await folderWith([["a", "x"]]);
      await symlink(target, join(folder, "link"));
      return folderDigest(folder).catch((error: unknown) => error);
    };
    expect(await refused(join(outside, "secret"))).toMatchObject({ code: "artifact_outside_root" });
    expect(await refused(outside)).toMatchObject({ code: "artifact_outside_root" });
    expect(await refused("../../../etc/passwd")).toBeInstanceOf(Error);
    expect(await refused(".")).toMatchObject({ code: "weights_unreadable" });
    expect(await refused("nowhere")).toMatchObject({ code: "ENOENT" });
  });
});

test("a folder that changed after it was verified is told so, even by a file that was put back", async () => {
  const folder = await folderWith([["sub/a", "weights"]]);
  const { stamp } = await folderDigest(folder);
  await assertFolderUnchanged(folder, folder, stamp);
  await rename(join(folder, "sub/a"), join(folder, "b"));
  await rename(join(folder, "b"), join(folder, "sub/a"));
  await expect(assertFolderUnchanged(folder, folder, stamp)).rejects.toMatchObject({ code: "weights_digest_mismatch" });
});
