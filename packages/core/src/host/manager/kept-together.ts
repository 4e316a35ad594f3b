import { priorities } from "../../zoo/zoo-status.ts";
import type { Keeping, ResidentUnit } from "./resident.ts";

export const keptOnDemand: Keeping = { keepWarm: false, priority: "medium", required: false };

/**
 * How models are kept that are loaded and leave together: as the one that is to stay longest.
 * @param idleMs milliseconds that one stays whose keeping does not say
 */
export function keptTogether(members: readonly Keeping[], idleMs: number): Keeping {
  const [sole, another] = members;
  if (sole !== undefined && another === undefined) return sole;
  const ranks = members.map(({ priority }) => priorities.indexOf(priority));
  return {
    keepWarm: members.some(({ keepWarm }) => keepWarm),
    required: members.some(({ required }) => required),
    priority: priorities[Math.min(...ranks)] ?? "medium",
    keepAliveMs: Math.max(...members.map(({ keepAliveMs }) => keepAliveMs ?? idleMs)),
  };
}

/** How a unit is kept. @param idleMs as of `keptTogether` */
export function unitKept({ members }: ResidentUnit, idleMs: number): Keeping {
  const keepings = members.map(({ keeping }) => keeping);
  return keptTogether(keepings, idleMs);
}

/** What the scheduler calls a group: no model has such a name. */
export function groupUnit(group: string): string {
  return `group:${group}`;
}
