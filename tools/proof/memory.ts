import { readdir, readFile } from "node:fs/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Bytes that the machine could give to a new program, as Linux estimates them. */
export async function availableBytes(): Promise<number> {
  const line = (await readFile("/proc/meminfo", "utf8")).match(/^MemAvailable:\s+(\d+) kB$/m);
  return Number(line?.[1] ?? Number.NaN) * 1024;
}

/** What this process holds: resident bytes, open descriptors, child processes, files in shared memory. */
export async function footprint(): Promise<{ rss: number; descriptors: number; children: number; shared: number }> {
  collectGarbage();
  const children = await readFile(`/proc/${process.pid}/task/${process.pid}/children`, "utf8").catch(() => "");
  return {
    rss: process.memoryUsage.rss(),
    descriptors: (await readdir("/proc/self/fd")).length,
    children: children.split(" ").filter(Boolean).length,
    shared: (await readdir("/dev/shm").catch(() => [])).length,
  };
}

/** Process ids of the runners that work in an application's folder: children of this process whose command names it. */
export async function runnersIn(folder: string): Promise<number[]> {
  const children = await readFile(`/proc/${process.pid}/task/${process.pid}/children`, "utf8").catch(() => "");
  const pids = children.split(" ").filter(Boolean).map(Number);
  const named = await Promise.all(
    pids.map(async (pid) => (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).includes(folder)),
  );
  return pids.filter((_pid, i) => named[i]);
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** What is garbage is not held; the collector would come to it in its own time. */
export function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  collect();
}
