import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { removeFolder } from "../forms/form-files.ts";
import { digestsOf } from "./file-digests.ts";
import { folderDigest } from "./folder-digest.ts";

test("the digest of 10,000 files is taken in one go, and stays known while none of them changes", async () => {
  const folder = await mkdtemp(join(tmpdir(), "menagerie-many-files-"));
  onTestFinished(() => removeFolder(folder));
  const names = Array.from({ length: 10_000 }, (_, i) => `${i % 100}/${i}`);
  for (let i = 0; i < 100; i++) mkdirSync(join(folder, String(i)));
  for (const name of names) writeFileSync(join(folder, name), "");
  const found = await folderDigest(folder);
  const empty = createHash("sha256").digest("hex");
  const manifest = names.toSorted().map((name) => `${name}\0${0}\0${empty}\n`);
  expect(found.sha256).toBe(createHash("sha256").update(manifest.join("")).digest("hex"));
  let read = 0;
  const digest: typeof digestsOf = (...asked) => {
    read++;
    return digestsOf(...asked);
  };
  expect(await folderDigest(folder, { known: found, digest })).toEqual(found);
  expect(read).toBe(0);
  await writeFile(join(folder, "7/1007"), "x");
  expect((await folderDigest(folder, { known: found, digest })).sha256).not.toBe(found.sha256);
}, 60_000);
