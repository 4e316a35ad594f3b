import { readdir, readFile } from "node:fs/promises";

/** Bytes of this process and of all below it, by proportional share: no page is counted twice. */
export async function treeMemory(): Promise<{ readonly host: number; readonly below: number }> {
  const below = await Promise.all((await descendants(process.pid)).map(proportionalBytes));
  return { host: await proportionalBytes(process.pid), below: below.reduce((a, b) => a + b, 0) };
}

/** What a process has now, and what it had more at its highest. */
export async function peakOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const bytes = (key: string): number =>
    1024 * Number(status.match(new RegExp(`^${key}:\\s+(\\d+) kB$`, "m"))?.[1] ?? 0);
  return (await proportionalBytes(pid)) + Math.max(0, bytes("VmHWM") - bytes("VmRSS"));
}

async function descendants(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const lists = await Promise.all(
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, "utf8").catch(() => "")),
  );
  const children = lists.flatMap((list) => list.split(" ").filter(Boolean).map(Number));
  return [...children, ...(await Promise.all(children.map(descendants))).flat()];
}

/** 0 for a process that is gone. */
async function proportionalBytes(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, "utf8").catch(() => "");
  return 1024 * Number(text.match(/^Pss:\s+(\d+) kB$/m)?.[1] ?? 0);
}
