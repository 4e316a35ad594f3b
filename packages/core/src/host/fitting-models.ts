import type { AdoptedCheckpoint } from "../adopt.ts";
import { type ModelError, toModelError } from "../model-error.ts";
import type { ModelSpec } from "../model-spec.ts";

/** A known model of whose family a checkpoint folder is. */
export interface FittingModel {
  /** Name of the model, to be given as what the folder is like. */
  readonly like: string;
  readonly plugin: string;
  /** What the model is, in a line. */
  readonly description: string | undefined;
  readonly findings: readonly string[];
}

/** A family that a folder does not fit, and why. */
export interface RefusedFamily {
  readonly like: string;
  readonly reason: ModelError;
}

export interface FolderReading {
  /** The likeliest first. */
  readonly fitting: readonly FittingModel[];
  readonly refused: readonly RefusedFamily[];
}

/** Families that are tried at a time: each takes a process. */
const atATime = 4;

/**
 * Reads a folder as every family that is known, and says which it fits.
 * @param models each with the name of its plugin
 * @param read tries a folder as the family of a model
 */
export async function fittingModels(
  models: readonly { readonly spec: ModelSpec; readonly plugin: string }[],
  read: (like: string) => Promise<AdoptedCheckpoint>,
): Promise<FolderReading> {
  const families = [...Map.groupBy(models, ({ spec, plugin }) => `${plugin} ${spec.loader}`).values()];
  const fitting: (FittingModel & { readonly rank: number })[] = [];
  const refused: RefusedFamily[] = [];
  const next = families.values();
  const work = async (): Promise<void> => {
    for (const family of next) {
      const [{ spec: first, plugin }] = family as [(typeof models)[number]];
      try {
        const adopted = await read(first.model_name);
        const ranked = family
          .map(({ spec }) => ({ spec, rank: likeness(spec, adopted) }))
          .sort((a, b) => b.rank - a.rank);
        const [{ spec, rank }] = ranked as [(typeof ranked)[number]];
        fitting.push({
          like: spec.model_name,
          plugin,
          description: spec.description,
          findings: adopted.findings,
          rank,
        });
      } catch (error) {
        const reason = toModelError(error);
        if (reason.code === "zoo_closed") throw reason;
        refused.push({ like: first.model_name, reason });
      }
    }
  };
  await Promise.all(Array.from({ length: atATime }, work));
  const ordered = fitting.sort((a, b) => b.rank - a.rank || a.like.localeCompare(b.like));
  return {
    fitting: ordered.map(({ rank: _, ...model }) => model),
    refused: refused.sort((a, b) => a.like.localeCompare(b.like)),
  };
}

/**
 * How near a known model is to what was read: labels that both have, then how alike their memory is; 0 to 3. A family's own
 * models come before those that another package made of it.
 */
function likeness(like: ModelSpec, { spec }: AdoptedCheckpoint): number {
  const { labels = [], resource_requirements: known } = like;
  const own = new Set(spec.labels ?? []);
  const shared = labels.filter((label) => own.has(label)).length;
  const both = new Set([...own, ...labels]).size;
  const [a, b] = [known.ram_mb, spec.resource_requirements?.ram_mb ?? known.ram_mb];
  return (
    (like.plugin === undefined ? 0 : -3) + (both === 0 ? 0 : (2 * shared) / both) + Math.min(a, b) / Math.max(a, b, 1)
  );
}
