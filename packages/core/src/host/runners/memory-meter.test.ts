import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { MemoryMeter } from "./memory-meter.ts";

const mb = 1e6;
const kb = (bytes: number): number => Math.round(bytes / 1024);

/** A process whose kernel says these figures, in bytes; undefined where a file may not be read. */
function processOf(said: { rss: number; highest?: number; pss?: number | undefined }) {
  const reads: string[] = [];
  const read = async (file: string): Promise<string | undefined> => {
    const name = file.split("/").at(-1) ?? "";
    reads.push(name);
    if (name === "status")
      return `Name:\tnode\nVmHWM:\t${kb(said.highest ?? said.rss)} kB\nVmRSS:\t${kb(said.rss)} kB\n`;
    return said.pss === undefined ? undefined : `Rss:\t${kb(said.rss)} kB\nPss:\t${kb(said.pss)} kB\n`;
  };
  return { said, reads, read };
}

test("what a process shares is counted by share, and what it had more at its highest comes on top", async () => {
  const { read } = processOf({ rss: 300 * mb, highest: 420 * mb, pss: 180 * mb });
  const memory = await new MemoryMeter(1, { read, forget: async () => true }).read();
  expect(memory).toMatchObject({ by: "pss", peakBy: "kernel" });
  expect(memory?.bytes).toBeCloseTo(180 * mb, -4);
  expect(memory?.peakBytes).toBeCloseTo(300 * mb, -4);
});

test("the kernel is asked for the sum over all pages only when what it holds has changed, or after a while", async () => {
  const { read, reads, said } = processOf({ rss: 300 * mb, pss: 180 * mb });
  const meter = new MemoryMeter(1, { read, forget: async () => true });
  await meter.read();
  said.rss = 301 * mb;
  expect((await meter.read())?.bytes).toBeCloseTo(181 * mb, -4);
  expect(reads.filter((name) => name === "smaps_rollup")).toHaveLength(1);
  said.rss = 340 * mb;
  said.pss = 200 * mb;
  expect((await meter.read())?.bytes).toBeCloseTo(200 * mb, -4);
  said.pss = 120 * mb;
  for (let i = 0; i < 31; i++) await meter.read();
  expect((await meter.read())?.bytes).toBeCloseTo(120 * mb, -4);
  expect(reads.filter((name) => name === "smaps_rollup")).toHaveLength(3);
});

test("where shares may not be read it is counted whole, and says so", async () => {
  const { read } = processOf({ rss: 300 * mb, pss: undefined });
  const memory = await new MemoryMeter(1, { read, forget: async () => true }).read();
  expect(memory?.by).toBe("rss");
  expect(memory?.bytes).toBeCloseTo(300 * mb, -4);
});

test("where the highest mark cannot be set back, later peaks are those of the readings", async () => {
  const { read } = processOf({ rss: 100 * mb, highest: 500 * mb, pss: 100 * mb });
  const meter = new MemoryMeter(1, { read, forget: async () => false });
  expect((await meter.read())?.peakBy).toBe("kernel");
  const later = await meter.read();
  expect(later?.peakBy).toBe("readings");
  expect(later?.peakBytes).toBe(later?.bytes);
});

test.runIf(process.platform === "linux")("the peak of a run is that of this run alone, given back or not", async () => {
  const script = `
    const turns = [120e6, 0, 0];
    process.stdin.on("data", () => { let block = new Uint8Array(turns.shift()).fill(1); block = undefined; gc(); console.log("done"); });
    console.log("up");`;
  const child = spawn(process.execPath, ["--expose-gc", "-e", script], { stdio: ["pipe", "pipe", "inherit"] });
  try {
    await once(child.stdout, "data");
    const meter = new MemoryMeter(child.pid ?? 0);
    const first = await meter.read();
    const turn = async () => {
      child.stdin.write("go\n");
      await once(child.stdout, "data");
      return meter.read();
    };
    const large = await turn();
    expect(large).toMatchObject({ by: "pss", peakBy: "kernel" });
    expect((large?.peakBytes ?? 0) - (first?.bytes ?? 0)).toBeGreaterThan(115e6);
    // The first collection after it may still find the block.
    await turn();
    expect((await turn())?.peakBytes).toBeLessThan((large?.peakBytes ?? 0) - 60e6);
    expect(await new MemoryMeter(2 ** 30).read()).toBeUndefined();
  } finally {
    child.kill("SIGKILL");
  }
});
