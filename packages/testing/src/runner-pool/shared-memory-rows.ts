import { execFile, spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "vitest";
import { needsTheChannel, type Row } from "./row.ts";
import { answerTo, scripted } from "./scripted-acts.ts";
import { ScriptedApplication } from "./scripted-application.ts";

const bytes = 3_000_000;
const mounted = ["-m", "sh", "-c", 'mount -t tmpfs -o size=1m tmpfs /dev/shm && exec "$@"', "sh"];

/** Shared memory that has no room. */
export function sharedMemoryRows(): Row[] {
  return [
    {
      says: "shared memory of 1 MB: 3 MB in and 3 MB out are answered all the same",
      needs: needsTheChannel,
      async run({ runner }, skip) {
        if (runner !== "process") return skip("the host runs in a process of its own here, which has no other pools");
        if (spawnSync("unshare", [...mounted, "true"]).status !== 0)
          return skip("nothing can be mounted here: that takes Linux and root");
        await using app = await ScriptedApplication.create({ a: {} });
        const input = scripted("answer", { bytes });
        const image = scripted("large", { argument: bytes });
        await writeFile(join(app.dir, "input"), input);
        await writeFile(join(app.dir, "image"), image);
        const file = join(app.dir, "host.mjs");
        await writeFile(file, script(app));
        const source = import.meta.resolve("@menagerie/core").endsWith(".ts") ? ["--conditions=menagerie-source"] : [];
        const { stdout } = await promisify(execFile)("unshare", [...mounted, process.execPath, ...source, file]);
        expect(JSON.parse(stdout)).toEqual({ text: answerTo(input), depth: bytes, crashes: 0 });
      },
    },
  ];
}

function script({ dir, cacheDir }: ScriptedApplication): string {
  return `
import { readFileSync } from "node:fs";
import { createZoo } from "@menagerie/core/host";
const zoo = await createZoo({ appDir: ${JSON.stringify(dir)}, cacheDir: ${JSON.stringify(cacheDir)} });
let crashes = 0;
zoo.onEvent(({ type }) => { if (type === "crashed") crashes += 1; });
const read = (name) => new Uint8Array(readFileSync(${JSON.stringify(dir)} + "/" + name));
const { output: { text } } = await zoo.run("a", "transcribe-audio", { audio: read("input") });
const { output: { depth } } = await zoo.run("a", "estimate-depth", { image: read("image") });
process.stdout.write(JSON.stringify({ text, depth: depth.length, crashes }));
await zoo[Symbol.asyncDispose]();
`;
}
