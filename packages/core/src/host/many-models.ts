import { type ModelError, toModelError } from "../contract/model-error.ts";
import { holdProcess } from "../time/clock.ts";
import { requireKnownOptions } from "../zoo/known-options.ts";
import { checkedLoadAll, type LoadAllOptions, type LoadOutcome, loadAllOptions, loadInOrder } from "../zoo/load-all.ts";
import { RequestLimits } from "../zoo/request-limits.ts";
import type { GetOptions } from "../zoo/zoo.ts";
import { checkedPriority, type ModelStatus } from "../zoo/zoo-status.ts";
import type { HostedZooParts } from "./hosted-zoo-parts.ts";
import type { Resident } from "./manager/resident.ts";
import { warmOrder } from "./unserved-models.ts";

export interface ManyModelsParts extends Pick<HostedZooParts, "clock" | "manager" | "members"> {
  load(name: string, options: GetOptions): Promise<unknown>;
  models(): readonly ModelStatus[];
  resident(name: string): Resident;
}

/** What is done with several models of a zoo at once. */
export class ManyModels {
  readonly #parts: ManyModelsParts;

  constructor(parts: ManyModelsParts) {
    this.#parts = parts;
  }

  /** Loads what is to be kept. @returns why those that could not be loaded were not */
  async warm(options: GetOptions): Promise<readonly ModelError[]> {
    const { load, manager, resident } = this.#parts;
    const kept = this.#inOrder().filter(({ keep_warm }) => keep_warm);
    manager.want(kept.flatMap(({ model, device }) => (device === undefined ? [] : [resident(model)])));
    // Asked for in their order, they are reserved for in their order: what comes first has its memory first.
    const loads = await Promise.allSettled(kept.map(({ model }) => load(model, options)));
    return loads.flatMap((loaded) => (loaded.status === "rejected" ? [toModelError(loaded.reason)] : []));
  }

  async loadAll(options: LoadAllOptions): Promise<readonly LoadOutcome[]> {
    using _ = holdProcess();
    requireKnownOptions(options, loadAllOptions, "loadAll");
    checkedLoadAll(options);
    const { clock, load, manager } = this.#parts;
    const { models, maxWorkers, onProgress, deadlineMs } = options;
    const priority = checkedPriority(options.priority);
    const names = this.#named(models);
    const what = `load ${names.length} models`;
    using limits = new RequestLimits(what, clock, { signal: options.signal, deadlineMs });
    limits.whereabouts = () => ({ words: "was under way" });
    const workers = maxWorkers ?? manager.loadsAtATime;
    // Those whose turn comes later: their processes may be started meanwhile.
    let later = Math.max(0, names.length - workers);
    manager.announceLoads(later);
    const loadOne = async (model: string, signal: AbortSignal): Promise<void> => {
      try {
        await load(model, { priority, signal });
      } finally {
        if (later > 0) {
          later -= 1;
          manager.announceLoads(-1);
        }
      }
    };
    try {
      const { signal } = limits;
      return await loadInOrder(names, loadOne, { workers, signal, now: () => clock.now(), onProgress });
    } finally {
      manager.announceLoads(-later);
    }
  }

  /** Each model once, in the order of startup. A name that nothing has comes first, for its load to say so. */
  #named(models: readonly string[] | undefined): readonly string[] {
    const order = this.#inOrder().map(({ model }) => model);
    if (models === undefined) return order;
    const names = new Set(models.map((name) => this.#modelNamed(name)));
    return [...names].sort((a, b) => order.indexOf(a) - order.indexOf(b));
  }

  #modelNamed(nameOrRole: string): string {
    try {
      return this.#parts.members.catalogue.find(nameOrRole).spec.model_name;
    } catch {
      return nameOrRole;
    }
  }

  #inOrder(): readonly ModelStatus[] {
    return warmOrder(this.#parts.models(), this.#parts.members.keeping.keys());
  }
}
