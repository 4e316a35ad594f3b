import { readFile, writeFile } from "node:fs/promises";

/** Reads a small text file of the kernel's; undefined where it is not there or may not be read. */
export type ReadProcessText = (file: string) => Promise<string | undefined>;

/** Proportional set size of a process in bytes: its own pages, and its share of those that others map too. */
export async function proportionalBytes(pid: number, read: ReadProcessText = readText): Promise<number | undefined> {
  return kilobytes(await read(`/proc/${pid}/smaps_rollup`), "Pss");
}

/** What a process holds in bytes, with all that it shares, and the most that it held since that was last forgotten. */
export interface ResidentSet {
  readonly now: number;
  readonly highest: number;
}

/** Undefined where the system does not say: there is no such process, or no `/proc`. */
export async function residentSet(pid: number, read: ReadProcessText = readText): Promise<ResidentSet | undefined> {
  const status = await read(`/proc/${pid}/status`);
  const [now, highest] = [kilobytes(status, "VmRSS"), kilobytes(status, "VmHWM")];
  return now === undefined || highest === undefined ? undefined : { now, highest };
}

/**
 * Makes the kernel forget the most that a process held, so that it counts anew from what it holds now. @returns false
 * where that is not permitted
 */
export async function forgetHighest(pid: number): Promise<boolean> {
  return writeFile(`/proc/${pid}/clear_refs`, "5").then(
    () => true,
    () => false,
  );
}

/** Writable private memory that a process has asked for in bytes, touched or not: what `RLIMIT_DATA` counts. */
export async function dataBytes(pid: number): Promise<number | undefined> {
  return kilobytes(await readText(`/proc/${pid}/status`), "VmData");
}

function readText(file: string): Promise<string | undefined> {
  return readFile(file, "utf8").catch(() => undefined);
}

function kilobytes(text: string | undefined, key: string): number | undefined {
  const match = text?.match(new RegExp(`^${key}:\\s+(\\d+) kB$`, "m"));
  return match == null ? undefined : Number(match[1]) * 1024;
}
