import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readInputFile } from "./input-file.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "menagerie-input-"));
  await writeFile(join(folder, "empty.wav"), "");
  await writeFile(join(folder, "a.png"), "x");
});
afterAll(() => rm(folder, { recursive: true }));

test("a file is read whole", async () => {
  expect(await readInputFile(join(folder, "a.png"))).toEqual(Uint8Array.of(120));
});

test.each([
  ["", /^The name of a file is ""\. Name a file; a variable of the shell may be unset\.$/],
  ["https://example.org/a.png", /is an address, and zoo run reads files alone\. Fetch it first: curl -LO https/],
  ["empty.wav", /empty\.wav is empty: it has 0 bytes/],
  ["missing.wav", /missing\.wav cannot be read: there is no such file/],
])("what cannot be a file's bytes is refused with its name and what to do: %j", async (name, words) => {
  const path = name.includes(".wav") ? join(folder, name) : name;
  await expect(readInputFile(path)).rejects.toMatchObject({
    code: "input_invalid",
    message: expect.stringMatching(words),
    details: { file: path },
  });
});
