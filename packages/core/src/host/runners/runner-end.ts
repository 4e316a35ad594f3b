import type { RunnerEnd } from "../runner.ts";

/** Signals by which the kernel tells a process of its own fault. */
const ownFaults: readonly string[] = ["SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGSEGV", "SIGSYS", "SIGTRAP"];

/** Who ended a process that the host did not end, by the signal that ended it. */
export function causeOf(signal: NodeJS.Signals): RunnerEnd["cause"] {
  return ownFaults.includes(signal) ? "itself" : "outside";
}

/** The first complaints of a schema, short enough for a message. */
export function complaints(
  issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[],
): string {
  return issues
    .slice(0, 3)
    .map(({ path, message }) => `${path.map(String).join(".")}: ${message}`)
    .join("; ")
    .slice(0, 500);
}
