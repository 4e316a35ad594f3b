import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { madeRecording } from "@menagerie/core";
import { expect, test } from "vitest";
import { OutsideApplication } from "./outside-application.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const messages = [
  { role: "user", content: "What a lovely day, thanks!" },
  { role: "assistant", content: "Sorry to hear the bad news." },
];

test("the command line asks each by its flags, and writes what an answer holds", async () => {
  await using outside = await OutsideApplication.create();
  const app = outside.dir;
  const zooCommand = async (...args: string[]): Promise<string> => {
    const main = join(root, "packages/cli/src/main.ts");
    const flags = ["--conditions=menagerie-source", main, "--app", app, ...args];
    const env = { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0", MENAGERIE_CACHE: join(app, "cache") };
    return (await promisify(execFile)(process.execPath, flags, { cwd: app, env })).stdout;
  };
  await writeFile(join(app, "chat.json"), JSON.stringify(messages));
  await writeFile(join(app, "talk.wav"), madeRecording("second"));
  const chat = await zooCommand("run", "mood", "@chat.json", "--weights", '{"assistant":0}');
  expect(chat).toMatch(/user assistant/);
  const json = JSON.parse(
    await zooCommand("run", "mood", "--json", "--input", '{"messages":[{"role":"user","content":"bad"}]}'),
  );
  expect(json.output.labels[0].label).toBe("sad");
  expect(await zooCommand("run", "mirror", "#102030", "-o", "painted.png")).toContain("written painted.png");
  expect((await readFile(join(app, "painted.png"))).subarray(1, 4).toString()).toBe("PNG");
  await zooCommand("run", "loudness", "talk.wav", "--size", "4", "-o", "vectors/");
  const npy = await readFile(join(app, "vectors/embedding.npy"));
  expect(npy.toString("latin1")).toContain("'descr': '<f4', 'fortran_order': False, 'shape': (4,)");
  expect(await zooCommand("tasks")).toMatch(/^classify-text {2,}mood {2,}Which label fits/m);
});
