/** Measures what the README says is fast, beside what one would use otherwise, in one run. `npm run bench` */
import { cpus, totalmem } from "node:os";
import { benchCalls } from "./calls.ts";
import { benchLoad } from "./load.ts";

const [cpu] = cpus();
process.stdout.write(
  `${cpu?.model.trim()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}\n\n`,
);
process.stdout.write(`${await benchLoad()}\n\n`);
process.stdout.write(`${await benchCalls()}\n`);
