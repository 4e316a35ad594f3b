import { ModelError, toModelError } from "../../contract/model-error.ts";
import type {
  AdoptOutcome,
  AdoptRequest,
  GroupLoadOptions,
  LoadOptions,
  LoadRequest,
  ModuleReference,
  Runner,
  RunnerPool,
} from "../../runner/runner.ts";

/**
 * Runners of one pool or the other, model by model: what an application gave as an object cannot be imported by another
 * process, so it runs in this one. Whoever made the two pools disposes of them.
 * @param own for what can be imported
 * @param inline for what was given as an object
 */
export function createRoutedPool(own: RunnerPool, inline: RunnerPool): RunnerPool {
  const poolOf = ({ plugin, engines }: Imports): RunnerPool =>
    [plugin, ...engines].some(({ given }) => given !== undefined) ? inline : own;
  return {
    expect: (loads) => own.expect?.(loads),
    load: (request, options) => poolOf(request).load(request, options),
    loadGroup: (requests, options) => loadGroupBy(poolOf, requests, options),
    adopt: (requests, options) => adoptBy(poolOf, requests, options),
    async [Symbol.asyncDispose]() {},
  };
}

type Imports = { readonly plugin: ModuleReference; readonly engines: readonly ModuleReference[] };

/** @throws `zoo_spec_invalid` where they cannot share a runner */
async function loadGroupBy(
  poolOf: (imports: Imports) => RunnerPool,
  requests: readonly LoadRequest[],
  options: GroupLoadOptions,
): Promise<readonly Runner[]> {
  const [pool, another] = new Set(requests.map(poolOf));
  if (pool?.loadGroup !== undefined && another === undefined) return pool.loadGroup(requests, options);
  const models = requests.map(({ spec }) => spec.model_name);
  const why =
    another === undefined
      ? "this pool of runners has no groups"
      : "some are of plugins that were given as objects, which run in this process, and the others are not";
  throw new ModelError(
    "zoo_spec_invalid",
    `${models.join(", ")} cannot share a runner: ${why}. Take "group" from their lines of the zoo spec.`,
    { details: { models } },
  );
}

async function adoptBy(
  poolOf: (imports: Imports) => RunnerPool,
  requests: readonly AdoptRequest[],
  options: Pick<LoadOptions, "signal">,
): Promise<readonly AdoptOutcome[]> {
  const groups = [...Map.groupBy(requests, poolOf)];
  const [first] = groups;
  if (first === undefined) return [];
  if (groups.length === 1) return first[0].adopt(requests, options);
  const outcomes = new Map<AdoptRequest, AdoptOutcome>();
  for (const [pool, group] of groups) {
    // Of several, each says what it refuses.
    const read = await pool.adopt(group, options).catch((error: unknown) => {
      if (options.signal.aborted || group.length > 1) throw error;
      return [{ refused: toModelError(error).toJSON() }];
    });
    for (const [i, request] of group.entries()) {
      const outcome = read[i];
      if (outcome !== undefined) outcomes.set(request, outcome);
    }
  }
  return requests.flatMap((request) => outcomes.get(request) ?? []);
}
