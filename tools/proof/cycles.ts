import { join } from "node:path";
import { writeResNet18 } from "@menagerie/testing";
import { availableBytes, footprint, megabytes } from "./memory.ts";
import { type Proof, times } from "./proof.ts";
import { proofZoo } from "./proof-zoo.ts";

const cycles = 200;

/** Loads, runs and unloads a ResNet-18-sized model 200 times, and compares what is held at the ends. */
export async function proveCycles(folder: string): Promise<Proof> {
  await writeResNet18(join(folder, "r18.onnx"));
  await using zoo = await proofZoo(folder, "r18.onnx");
  const cycle = async (): Promise<void> => {
    await zoo.run("proof", "score-image", times(1));
    await zoo.unload("proof");
  };
  // The garbage collector and the JIT settle within the first cycles.
  for (let i = 0; i < 20; i++) await cycle();
  await spareIsBack();
  const start = { ...(await footprint()), available: await availableBytes() };
  const started = performance.now();
  for (let i = 0; i < cycles; i++) await cycle();
  const each = (performance.now() - started) / cycles;
  await spareIsBack();
  const end = { ...(await footprint()), available: await availableBytes() };
  const grown = end.rss - start.rss;
  const missing = start.available - end.available;
  const holds =
    grown < 20e6 &&
    missing < start.available * 0.01 &&
    end.descriptors <= start.descriptors + 1 &&
    end.children <= start.children &&
    end.shared <= start.shared;
  return {
    holds,
    said:
      `${cycles} cycles of ${each.toFixed(0)} ms: host ${megabytes(start.rss)} to ${megabytes(end.rss)} (${grown >= 0 ? "+" : ""}${megabytes(grown)}), machine ${missing >= 0 ? "-" : "+"}${megabytes(Math.abs(missing))} ` +
      `of ${megabytes(start.available)}, descriptors ${start.descriptors} to ${end.descriptors}, children ${start.children} to ${end.children}, shared files ${start.shared} to ${end.shared}`,
  };
}

/** The spare process is started a moment after the load that took it; both ends are counted with it. */
async function spareIsBack(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 1500));
}
