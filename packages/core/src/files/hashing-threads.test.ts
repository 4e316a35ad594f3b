import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, open, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { removeFolder } from "../forms/form-files.ts";
import { digestsOf } from "./file-digests.ts";
import { HashingThreads } from "./hashing-threads.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "menagerie-hashing-"));
});
afterAll(() => removeFolder(folder));

test("threads give the digests that this thread gives, of many files at once, and tell every byte", async () => {
  await using threads = new HashingThreads(2);
  const sizes = [1, (1 << 16) - 1, 1 << 20, (1 << 20) + 1, 3_000_001, 20_000_000];
  await Promise.all(
    sizes.map(async (size) => {
      const bytes = randomBytes(size);
      await writeFile(join(folder, String(size)), bytes);
      await using file = await open(join(folder, String(size)));
      let told = 0;
      const digests = await threads.digest(file.fd, "sha512", (more) => {
        told += more;
      });
      const hex = (algorithm: string): string => createHash(algorithm).update(bytes).digest("hex");
      expect(digests).toEqual({ sha256: hex("sha256"), other: `sha512:${hex("sha512")}` });
      expect(told).toBe(size);
      expect(await digestsOf(file.fd, "sha512")).toEqual(digests);
    }),
  );
});

test("a file that cannot be read fails alone, and what is under way when threads end fails too", async () => {
  const threads = new HashingThreads(1);
  await writeFile(join(folder, "small"), "x");
  await using file = await open(join(folder, "small"));
  const [bad, good] = await Promise.allSettled([threads.digest(1_000_000), threads.digest(file.fd)]);
  expect([bad.status, good.status]).toEqual(["rejected", "fulfilled"]);
  const under = threads.digest(file.fd);
  under.catch(() => {});
  await threads[Symbol.asyncDispose]();
  await expect(Promise.race([under, Promise.reject(new Error("left"))])).rejects.toThrow();
  // It starts anew when it is asked again.
  expect((await threads.digest(file.fd)).sha256).toMatch(/^2d711642/);
  await threads[Symbol.asyncDispose]();
});
