import type { EngineNeeds } from "../contract/engine-manifest.ts";

/** What a runner's code is allowed beyond the usual, because the model's engine declares it. */
export type Grants = Pick<EngineNeeds, "child_process" | "network" | "threads">;

/** Before the grants on a runner's command line, as JSON. */
const flag = "--menagerie-grants=";

/** The argument that tells a runner its grants; none where there are none. */
export function grantsArguments({ child_process, network, threads }: Grants = {}): string[] {
  const grants: Grants = { child_process, network, threads };
  const isGranted = child_process === true || threads === true || network !== undefined;
  return isGranted ? [`${flag}${JSON.stringify(grants)}`] : [];
}

/** The grants among the arguments of a process or thread. */
export function grantsIn(args: readonly string[]): Grants {
  const text = args.find((argument) => argument.startsWith(flag));
  return text === undefined ? {} : (JSON.parse(text.slice(flag.length)) as Grants);
}

/** Variable of a thread's environment that holds the grants of its process: nothing of JavaScript stands between. */
export const threadGrants = "MENAGERIE_THREAD_GRANTS";
