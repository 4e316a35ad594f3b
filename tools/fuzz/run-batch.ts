import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { BatchReport } from "./batch-report.ts";
import type { FuzzTarget } from "./fuzz-target.ts";

export interface Batch {
  readonly target: FuzzTarget;
  readonly seed: number;
  /** Cases `first` to `end - 1`. */
  readonly first: number;
  readonly end: number;
}

export interface BatchOptions {
  /** Folder with what `writeFuzzPictures` wrote. */
  readonly pictures: string;
  /** A file of this batch's own. */
  readonly place: string;
  /** Most milliseconds of one case. */
  readonly caseMs: number;
}

/** A batch that did not come to its end: why, and at which case; -1 where it had not begun. */
export interface Stopped {
  readonly at: number;
  readonly why: "hang" | "memory" | "crash";
  readonly what: string;
}

/** Milliseconds to load the kits and read the bases, on a machine that does other things too. */
const startMs = 60_000;
const tickMs = 50;

export async function runBatch(
  { target, seed, first, end }: Batch,
  options: BatchOptions,
): Promise<BatchReport | Stopped> {
  writeFileSync(options.place, new Uint8Array(new Float64Array([-1, Date.now(), 0]).buffer));
  const args = [target.name, seed, first, end, options.pictures, options.place].map(String);
  const child = fork(fileURLToPath(new URL("batch.ts", import.meta.url)), args, {
    execArgv: ["--conditions=menagerie-source", "--max-old-space-size=512"],
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let [said, stopped] = ["", undefined as Stopped | undefined];
  child.stderr?.on("data", (data: Buffer) => {
    said = (said + data.toString()).slice(-4000);
  });
  let report: BatchReport | undefined;
  child.on("message", (message) => {
    report = message as BatchReport;
  });
  const watchdog = setInterval(() => {
    const { at, startedAt, rssBefore } = readMark(options.place);
    const ms = Date.now() - startedAt;
    const grownMb = at < 0 ? 0 : (residentBytes(child.pid) - rssBefore) / 2 ** 20;
    if (ms > (at < 0 ? startMs : options.caseMs)) stopped = { at, why: "hang", what: `still at it after ${ms} ms` };
    else if (grownMb > 2 * target.memoryMb)
      stopped = { at, why: "memory", what: `memory grew by ${Math.round(grownMb)} MB` };
    if (stopped !== undefined) child.kill("SIGKILL");
  }, tickMs);
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  clearInterval(watchdog);
  if (stopped !== undefined) return stopped;
  if (report !== undefined && code === 0) return report;
  return { at: readMark(options.place).at, why: "crash", what: `ended with ${signal ?? code}\n${said.trim()}` };
}

function readMark(place: string): { at: number; startedAt: number; rssBefore: number } {
  const bytes = new Uint8Array(readFileSync(place));
  const [at = -1, startedAt = Date.now(), rssBefore = 0] = new Float64Array(bytes.buffer);
  return { at, startedAt, rssBefore };
}

/** What a process holds at this moment; 0 where the system does not tell. (Every batch reports its most at its end.) */
function residentBytes(pid: number | undefined): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
