import { execFile, spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "vitest";
import { needsTheChannel, type Row } from "./row.ts";
import { answerTo, scripted } from "./scripted-acts.ts";
import { ScriptedApplication } from "./scripted-application.ts";

const bytes = 3_000_000;
const mounted = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs -o size=1m tmpfs /dev/shm && exec "$@"', "sh"];

/** Hosts that are programs of their own: of one of the zoo's own pools, since no other can be named to them. */
export function programRows(): Row[] {
  return [
    {
      says: "a program that waits for nothing but an answer: it gets it, and ends when its zoo is closed",
      needs: undefined,
      async run({ runner }, skip) {
        if (runner === undefined) return skip("a program of its own cannot be given this pool");
        await answersInProgram(runner, []);
      },
    },
    {
      says: "shared memory of 1 MB: 3 MB in and 3 MB out are answered all the same",
      needs: needsTheChannel,
      async run({ runner }, skip) {
        if (runner !== "process") return skip("a program of its own cannot be given this pool");
        if (spawnSync("unshare", [...mounted.slice(1), "true"]).status !== 0)
          return skip("nothing can be mounted here: that takes Linux and root");
        await answersInProgram(runner, mounted);
      },
    },
  ];
}

/** @param under command that the program is run by */
async function answersInProgram(runner: string, under: readonly string[]): Promise<void> {
  await using app = await ScriptedApplication.create({ a: {} });
  const input = scripted("answer", { bytes });
  const image = scripted("large", { argument: bytes });
  await writeFile(join(app.dir, "input"), input);
  await writeFile(join(app.dir, "image"), image);
  const file = join(app.dir, "host.mjs");
  await writeFile(file, program(app, runner));
  const source = import.meta.resolve("@menagerie/core").endsWith(".ts") ? ["--conditions=menagerie-source"] : [];
  const [command = "", ...args] = [...under, process.execPath, ...source, file];
  const { stdout } = await promisify(execFile)(command, args);
  expect(JSON.parse(stdout)).toEqual({ text: answerTo(input), depth: bytes, crashes: 0 });
}

function program({ dir, cacheDir }: ScriptedApplication, runner: string): string {
  const options = JSON.stringify({ appDir: dir, cacheDir, spec: { runner } });
  return `
import { readFileSync } from "node:fs";
import { createZoo } from "@menagerie/core/host";
const zoo = await createZoo(${options});
let crashes = 0;
zoo.onEvent(({ type }) => { if (type === "crashed") crashes += 1; });
const read = (name) => new Uint8Array(readFileSync(${JSON.stringify(dir)} + "/" + name));
const { output: { text } } = await zoo.run("a", "transcribe-audio", { audio: read("input") });
const { output: { depth } } = await zoo.run("a", "estimate-depth", { image: read("image") });
process.stdout.write(JSON.stringify({ text, depth: depth.length, crashes }));
await zoo[Symbol.asyncDispose]();
`;
}
