import { z } from "zod";
import { textOf } from "../../contract/model-error.ts";
import type { RunnerEnd } from "../../runner/runner.ts";

/** Signals by which the kernel tells a process of its own fault. */
const ownFaults: readonly string[] = ["SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGSEGV", "SIGSYS", "SIGTRAP"];

/** Who ended a process that the host did not end, by the signal that ended it. */
export function causeOf(signal: NodeJS.Signals): RunnerEnd["cause"] {
  return ownFaults.includes(signal) ? "itself" : "outside";
}

/** Why what a runner sent cannot be read, short enough for a message. */
export function complaintOf(error: unknown): string {
  const words =
    error instanceof z.ZodError
      ? error.issues.map(({ path, message }) => `${path.map(String).join(".")}: ${message}`).join("; ")
      : textOf(error);
  return words.slice(0, 500);
}
