import { type AdoptedCheckpoint, asChosen } from "../adopt/adopt.ts";
import type { AdoptChoices } from "../adopt/adopt-choices.ts";
import { fromSerialisedModelError, toModelError } from "../contract/model-error.ts";
import type { AdoptOutcome, AdoptRequest, RunnerPool } from "../runner/runner.ts";
import { abortable } from "../time/abortable.ts";
import type { Clock } from "../time/clock.ts";
import { RequestLimits } from "../zoo/request-limits.ts";
import type { CatalogueEntry } from "./catalogue-entry.ts";
import { checkpointPlace } from "./checkpoint-place.ts";
import { type FolderReading, folderReading, modelFamilies } from "./fitting-models.ts";
import type { ModelModules } from "./model-modules.ts";

export interface CheckpointReaderParts {
  readonly pool: RunnerPool;
  readonly clock: Clock;
  /** Milliseconds that reading a checkpoint folder may take. */
  readonly adoptTimeoutMs: number;
  modulesOf(entry: CatalogueEntry): Promise<ModelModules>;
}

/** Has checkpoint folders read by the plugins of known models, in a runner. */
export class CheckpointReader {
  readonly #parts: CheckpointReaderParts;

  constructor(parts: CheckpointReaderParts) {
    this.#parts = parts;
  }

  /** @param named the folder, as a person typed it. @throws `checkpoint_invalid` */
  async adopt(named: string, entry: CatalogueEntry, choices: AdoptChoices): Promise<AdoptedCheckpoint> {
    const folder = await checkpointPlace(named);
    const [outcome] = await this.#read(folder, [
      { ...(await this.#parts.modulesOf(entry)), ...asked(entry, folder, choices) },
    ]);
    if (outcome === undefined || "refused" in outcome) throw refusalOf(outcome);
    const { adopted } = outcome;
    // The loader is found by the plugin's name, since no package carries the new spec.
    const chosen = asChosen(folder, entry.spec, choices, adopted);
    return { ...chosen, spec: { plugin: entry.plugin, ...chosen.spec } };
  }

  /** Reads a folder as every family of these models, but for those whose packages are not there. */
  async fitting(named: string, entries: readonly CatalogueEntry[], choices: AdoptChoices): Promise<FolderReading> {
    const folder = await checkpointPlace(named);
    const families = modelFamilies(entries);
    const outcomes: AdoptOutcome[] = [];
    const requests = new Map<number, AdoptRequest>();
    for (const [i, [first]] of families.entries()) {
      try {
        const modules = await this.#parts.modulesOf(first);
        requests.set(i, { ...modules, ...asked(first, folder, { ...choices, isTrial: true }) });
      } catch (error) {
        outcomes[i] = { refused: toModelError(error).toJSON() };
      }
    }
    const read = requests.size === 0 ? [] : await this.#readEach(folder, [...requests.values()]);
    for (const [at, i] of [...requests.keys()].entries()) {
      const outcome = read[at];
      if (outcome !== undefined) outcomes[i] = outcome;
    }
    return folderReading(families, outcomes);
  }

  /** A family that is alone throws what it refuses. */
  #readEach(folder: string, requests: readonly AdoptRequest[]): Promise<readonly AdoptOutcome[]> {
    if (requests.length > 1) return this.#read(folder, requests);
    return this.#read(folder, requests).catch((error: unknown) => [{ refused: toModelError(error).toJSON() }]);
  }

  async #read(folder: string, requests: readonly AdoptRequest[]): Promise<readonly AdoptOutcome[]> {
    const { pool, clock, adoptTimeoutMs: deadlineMs } = this.#parts;
    using limits = new RequestLimits(requests[0]?.like.model_name ?? "", clock, { deadlineMs });
    limits.whereabouts = () => ({ words: `to read ${folder} was still being worked on` });
    return await abortable(pool.adopt(requests, { signal: limits.signal }), limits.signal);
  }
}

function asked({ spec: like }: CatalogueEntry, folder: string, choices: AdoptChoices) {
  return { like, folder, choices };
}

function refusalOf(outcome: AdoptOutcome | undefined): Error {
  if (outcome !== undefined && "refused" in outcome) return fromSerialisedModelError(outcome.refused);
  return new TypeError("A pool read no family, and one was asked for");
}
