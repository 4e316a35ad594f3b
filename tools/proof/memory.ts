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

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** What is garbage is not held; the collector would come to it in its own time. */
function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  collect();
}
