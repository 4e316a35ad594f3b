import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { madeRecording } from "@menagerie/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { OutsideApplication } from "./outside-application.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const messages = [
  { role: "user", content: "What a lovely day, thanks!" },
  { role: "assistant", content: "Sorry to hear the bad news." },
];

let outside: OutsideApplication;
beforeAll(async () => {
  outside = await OutsideApplication.create();
});
afterAll(() => outside[Symbol.asyncDispose]());

/** What the command prints. */
async function zoo(...args: string[]): Promise<string> {
  const main = join(root, "packages/cli/src/main.ts");
  const flags = ["--conditions=menagerie-source", main, "--app", outside.dir, ...args];
  const env = { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0", MENAGERIE_CACHE: join(outside.dir, "cache") };
  return (await promisify(execFile)(process.execPath, flags, { cwd: outside.dir, env })).stdout;
}

test("a conversation is a file of JSON, a flag, or a field of the whole question", async () => {
  await writeFile(join(outside.dir, "chat.json"), JSON.stringify(messages));
  const chat = await zoo("run", "mood", "@chat.json", "--weights", '{"assistant":0}');
  expect(chat).toMatch(/^ {2}user assistant $[\s\S]+75\.0 % .* glad$/m);
  const question = '{"messages":[{"role":"user","content":"bad"}]}';
  const { output } = JSON.parse(await zoo("run", "mood", "--json", "--input", question)) as {
    output: { labels: { label: string }[] };
  };
  expect(output.labels[0]?.label).toBe("sad");
});

test("pictures and tensors of an answer are written into files", async () => {
  await writeFile(join(outside.dir, "talk.wav"), madeRecording("second"));
  expect(await zoo("run", "mirror", "#102030", "-o", "painted.png")).toContain("written painted.png");
  expect((await readFile(join(outside.dir, "painted.png"))).subarray(1, 4).toString()).toBe("PNG");
  await zoo("run", "loudness", "talk.wav", "--size", "4", "-o", "vectors/");
  const npy = await readFile(join(outside.dir, "vectors/embedding.npy"));
  expect(npy.toString("latin1")).toContain("'descr': '<f4', 'fortran_order': False, 'shape': (4,)");
});

test("the tasks of plugins are listed, shown as data, and completed", async () => {
  expect(await zoo("tasks")).toMatch(/^classify-text {2,}mood {2,}Which label fits/m);
  expect(await zoo("tasks", "paint-image")).toContain("media: image");
  expect(await zoo("__complete", "--", "run", "mood", "--wei")).toBe("--weights\n");
});
