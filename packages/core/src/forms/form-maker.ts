import { createHash, randomBytes } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/**
 * Who makes a form, as part of a file's name: machine, process id, start of the process, and a number of its own. What a
 * maker leaves behind when it is killed is known by it, and what another host is making right now is not touched.
 */
export function newMakerName(): string {
  return `${machine()}-${process.pid}-${startOf(process.pid) ?? "0"}-${randomBytes(6).toString("hex")}`;
}

/** Shape of such a name. */
export const makerPattern = "[0-9a-f]{12}-[0-9]+-[0-9]+-[0-9a-f]{12}";

/**
 * Whether the process of that name is gone. One of another machine, or of a container with process ids of its own, cannot
 * be asked: it is gone when nothing has happened for a day.
 * @param untouchedMs milliseconds since what it left was last written
 */
export function makerIsGone(maker: string, untouchedMs: number): boolean {
  const [where, pid, start] = maker.split("-");
  if (where !== machine()) return untouchedMs > 86_400_000;
  const started = startOf(Number(pid));
  if (started !== undefined) return started !== start;
  return !isAlive(Number(pid));
}

let known: string | undefined;

/** Stands for what process ids are counted in: a machine since it was started, or a container's own space of them. */
function machine(): string {
  known ??= createHash("sha256")
    .update([hostname(), read("/proc/sys/kernel/random/boot_id"), link("/proc/self/ns/pid")].join("\0"))
    .digest("hex")
    .slice(0, 12);
  return known;
}

/** When a living process was started, in the system's ticks since its own start; undefined where nobody tells. */
function startOf(pid: number): string | undefined {
  const stat = read(`/proc/${pid}/stat`);
  // The name of the program stands in parentheses and may hold anything; the start is the 20th field behind it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
}

function isAlive(pid: number): boolean {
  // A process that is dead but not yet waited for can do nothing any more.
  if (/^[ZX]/.test(read(`/proc/${pid}/stat`).replace(/^.*\) /s, ""))) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function link(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return "";
  }
}
