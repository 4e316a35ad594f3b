import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { adoptChoices } from "./adopt-choices.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "menagerie-labels-"));
});

afterAll(() => rm(folder, { recursive: true }));

test.each([
  ["UTF-8", Buffer.from("chat\nâne\n")],
  ["UTF-16 of Windows", Buffer.from("\uFEFFchat\r\nâne\r\n", "utf16le")],
  ["JSON after a mark", Buffer.from('\uFEFF["chat", "âne"]')],
])("--labels reads a file in %s", async (_, bytes) => {
  const file = join(folder, "labels.txt");
  await writeFile(file, bytes);
  expect(await adoptChoices({ labels: file })).toEqual({ labels: ["chat", "âne"] });
});

test("--labels refuses a file that is not UTF-8 rather than writing broken labels into the spec", async () => {
  const file = join(folder, "labels.txt");
  await writeFile(file, Buffer.from("chat\nâne\n", "latin1"));
  await expect(adoptChoices({ labels: file })).rejects.toMatchObject({
    code: "input_invalid",
    message: `${file} is not UTF-8 (line 2). Convert it, for example with: iconv -f WINDOWS-1252 -t UTF-8 FILE.`,
  });
});
