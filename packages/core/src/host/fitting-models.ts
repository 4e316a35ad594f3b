import type { AdoptedCheckpoint } from "../adopt/adopt.ts";
import { fromSerialisedModelError, type ModelError } from "../contract/model-error.ts";
import type { ModelSpec } from "../contract/model-spec.ts";
import type { AdoptOutcome } from "../runner/runner.ts";
import type { CatalogueEntry } from "./catalogue-entry.ts";

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

/** The models of one loader, whose adopter reads a folder alike for all of them; never empty. */
export type ModelFamily = readonly [CatalogueEntry, ...CatalogueEntry[]];

export function modelFamilies(models: readonly CatalogueEntry[]): readonly ModelFamily[] {
  return [
    ...Map.groupBy(models, ({ spec, plugin }) => `${plugin} ${spec.loader}`).values(),
  ] as unknown as ModelFamily[];
}

/** What came of reading a folder as each family, in the same order. */
export function folderReading(families: readonly ModelFamily[], outcomes: readonly AdoptOutcome[]): FolderReading {
  const fitting: (FittingModel & { readonly rank: number })[] = [];
  const refused: RefusedFamily[] = [];
  for (const [i, family] of families.entries()) {
    const outcome = outcomes[i];
    if (outcome === undefined) continue;
    if ("refused" in outcome) {
      refused.push({ like: family[0].spec.model_name, reason: fromSerialisedModelError(outcome.refused) });
      continue;
    }
    const { adopted } = outcome;
    const ranked = family.map(({ spec }) => ({ spec, rank: likeness(spec, adopted) })).sort((a, b) => b.rank - a.rank);
    const [{ spec, rank }] = ranked as [(typeof ranked)[number]];
    const { model_name: like, description } = spec;
    fitting.push({ like, plugin: family[0].plugin, description, findings: adopted.findings, rank });
  }
  const ordered = fitting.sort((a, b) => b.rank - a.rank || a.like.localeCompare(b.like));
  return { fitting: ordered.map(({ rank: _, ...model }) => model), refused };
}

/**
 * How near a known model is to what was read: first its graphs and precision, then labels that both have, then how alike their
 * memory is. A family's own models come before those that another package made of it.
 */
function likeness(like: ModelSpec, { spec }: AdoptedCheckpoint): number {
  const { labels = [], resource_requirements: known } = like;
  const own = new Set(spec.labels ?? []);
  const shared = labels.filter((label) => own.has(label)).length;
  const both = new Set([...own, ...labels]).size;
  const [a, b] = [known.ram_mb, spec.resource_requirements?.ram_mb ?? known.ram_mb];
  const graphs = (of: ModelSpec["graphs"] = {}): string => Object.keys(of).sort().join(" ");
  return (
    (like.plugin === undefined ? 8 : 0) +
    (graphs(like.graphs) === graphs(spec.graphs) ? 4 : 0) +
    (like.precision === (spec.precision ?? like.precision) ? 4 : 0) +
    (both === 0 ? 0 : (2 * shared) / both) +
    Math.min(a, b) / Math.max(a, b, 1)
  );
}
