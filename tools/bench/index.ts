/**
 * Measures what the README says is fast, beside what one would use otherwise, in one run. `npm run bench`, or one part of it:
 * `npm run bench -- load`, `calls`, `many` or `pull`.
 */
import { cpus, totalmem } from "node:os";
import { benchCalls } from "./calls.ts";
import { benchLoad } from "./load.ts";
import { benchMany } from "./many.ts";
import { benchPull } from "./pull.ts";

const parts = { load: benchLoad, calls: benchCalls, many: benchMany, pull: benchPull };
const asked = process.argv.slice(2);

const [cpu] = cpus();
process.stdout.write(
  `${cpu?.model.trim()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}\n\n`,
);
for (const [name, bench] of Object.entries(parts))
  if (asked.length === 0 || asked.includes(name)) process.stdout.write(`${await bench()}\n\n`);
