/**
 * Measures the kits beside `@huggingface/transformers`, in one process, on the same files, in turn. `npm run bench:kits`
 *
 *     npm run bench:kits -- --python /usr/bin/python3        compares pixels with a live Pillow 13
 *     npm run bench:kits -- --only image,normalise,log-mel,memory
 */
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { benchImageJob } from "./image-job.ts";
import { benchLogMel } from "./log-mel.ts";
import { benchMemory } from "./memory.ts";
import { benchNormalise } from "./normalise.ts";
import { loadPeer } from "./peer.ts";
import { type BenchPicture, writeBenchPictures } from "./pictures.ts";

const { values } = parseArgs({
  options: { python: { type: "string" }, only: { type: "string", default: "image,normalise,log-mel,memory" } },
});
const peer = await loadPeer();
const folder = await mkdtemp(join(tmpdir(), "menagerie-bench-"));
try {
  const pictures = await writeBenchPictures(folder);
  const benches: Readonly<Record<string, () => Promise<string>>> = {
    image: () => benchImageJob(peer, pictures, values.python),
    normalise: () => benchNormalise(peer),
    "log-mel": () => benchLogMel(peer),
    memory: () => benchMemory(pictures.at(-1) as BenchPicture),
  };
  const [cpu] = cpus();
  process.stdout.write(
    `${cpu?.model.trim()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}\n`,
  );
  for (const name of values.only.split(",")) process.stdout.write(`\n${await benches[name]?.()}\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
