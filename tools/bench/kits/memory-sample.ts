/** Decodes or prepares one picture twenty times in a process of its own, and prints the most memory it held, in megabytes. */
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { ImagePipeline } from "@menagerie/vision";
import sharp from "sharp";
import { clipPreprocessing } from "./image-job.ts";
import { loadPeer } from "./peer.ts";

const [way, file = ""] = process.argv.slice(2);
const jobs = {
  async sharp() {
    for (let i = 0; i < 20; i++) await sharp(file).raw().toBuffer();
  },
  async menagerie() {
    const pipeline = new ImagePipeline(clipPreprocessing);
    for (let i = 0; i < 20; i++) {
      using _tensor = await pipeline.toTensor([await readFile(file)]);
    }
  },
  async peer() {
    const peer = await loadPeer();
    const processor = new peer.CLIPImageProcessor({ do_resize: true, size: { shortest_edge: 224 }, resample: 3 });
    for (let i = 0; i < 20; i++) await processor(await peer.RawImage.read(file));
  },
};
await jobs[way as keyof typeof jobs]();
process.stdout.write(String(mostResidentKilobytes() / 1024));

/** What the process inherits from the one that forked it counts in the usual figure, and not in Linux's own. */
function mostResidentKilobytes(): number {
  if (process.platform !== "linux") return process.resourceUsage().maxRSS;
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]);
}
