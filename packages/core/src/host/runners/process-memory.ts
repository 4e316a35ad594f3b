import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

/** Proportional set size of a process in bytes: its own pages, and its share of those that others map too. */
export async function proportionalBytes(pid: number): Promise<number | undefined> {
  return kilobytes(`/proc/${pid}/smaps_rollup`, "Pss");
}

/**
 * The most that a process has had in bytes: what it has now, counted as above, and what it had more at its highest. Undefined
 * where the system does not say.
 */
export async function peakBytes(pid: number): Promise<number | undefined> {
  const status = `/proc/${pid}/status`;
  const [now, highest, resident] = await Promise.all([
    proportionalBytes(pid),
    kilobytes(status, "VmHWM"),
    kilobytes(status, "VmRSS"),
  ]);
  if (now === undefined || highest === undefined || resident === undefined) return undefined;
  return now + Math.max(0, highest - resident);
}

/**
 * Caps the writable private memory that a process may add to what it has: a load or run beyond it throws inside the
 * process instead of ending it. Soft, so that it can be raised again without privileges.
 * @returns false where the system has no way to do so
 */
export async function capMemory(pid: number, bytes: number): Promise<boolean> {
  // Node reserves some 585 MB of address space that it never touches, so the cap counts from what stands there already.
  const present = await kilobytes(`/proc/${pid}/status`, "VmData");
  if (present === undefined) return false;
  try {
    await promisify(execFile)("prlimit", ["--pid", String(pid), `--data=${Math.round(present + bytes)}:`]);
    return true;
  } catch {
    return false;
  }
}

async function kilobytes(file: string, key: string): Promise<number | undefined> {
  const text = await readFile(file, "utf8").catch(() => "");
  const match = text.match(new RegExp(`^${key}:\\s+(\\d+) kB$`, "m"));
  return match === null ? undefined : Number(match[1]) * 1024;
}
