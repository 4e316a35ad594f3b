import { textOf } from "../../contract/model-error.ts";
import type { Runner, RunnerEnd } from "../../runner/runner.ts";
import { declaredBytes } from "./added-unit.ts";
import type { ResidentUnit } from "./resident.ts";

/** Whether one of a load's runners has calls under way, or had some until it broke off. */
export function isAtWork({ members }: ResidentUnit, runners: readonly Runner[]): boolean {
  return members.some(({ calls }, i) => {
    const runner = runners[i];
    return runner !== undefined && calls.isAtWork(runner);
  });
}

/** The runners of a load leave, or are no more: calls wait for the next. @param end how they ended, once that is known */
export function detach({ members }: ResidentUnit, runners: readonly Runner[], end?: RunnerEnd): void {
  for (const [i, { calls }] of members.entries()) {
    const runner = runners[i];
    if (runner !== undefined) calls.detach(runner, end);
  }
}

/** A unit, and the replicas of its model. */
export function unitsOf(unit: ResidentUnit): readonly ResidentUnit[] {
  return [unit, ...unit.members.flatMap(({ replicas }) => replicas)];
}

/** What is loaded of a unit is so no more, so that its end is no crash. @returns its runners */
export function letGo({ members }: ResidentUnit): readonly Runner[] | undefined {
  const runners = members[0]?.loaded?.runners;
  for (const member of members) member.loaded = undefined;
  return runners;
}

/** A unit holds so many bytes from now on: each of its models its part of them. */
export function hold(unit: ResidentUnit, bytes: number, now: number): void {
  const parts = shares(unit);
  for (const [i, { usage }] of unit.members.entries()) usage.holds(bytes * (parts[i] ?? 0), now);
}

/** The part that each of a unit's models has in its memory: as much as it has in what they declare together. */
export function shares({ members, device }: ResidentUnit): readonly number[] {
  if (members.length === 1) return [1];
  const declared = members.map(({ entry }) => declaredBytes(entry.spec, device));
  const sum = declared.reduce((all, each) => all + each, 0);
  return declared.map((bytes) => (sum === 0 ? 1 / members.length : bytes / sum));
}

/** Ends a runner, and all that end with it. Errors that an application's pool throws here are ignored. */
export function endByForce(runner: Runner, reason: string): void {
  (async () => (runner.kill === undefined ? runner.stop() : runner.kill(reason)))().catch(() => {});
}

/** How a runner ended, in whatever way an application's pool tells of it. Never rejects. */
export async function endOf(runner: Runner): Promise<RunnerEnd> {
  const unknown: RunnerEnd = { expected: false, reason: "ended without a word" };
  try {
    return { ...unknown, ...(await runner.ended) };
  } catch (error) {
    return { ...unknown, reason: `was lost: ${textOf(error)}` };
  }
}
