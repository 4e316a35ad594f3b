import { type Device, hasOwnMemory } from "../contract/device.ts";
import { ModelError, toModelError } from "../contract/model-error.ts";
import { holdProcess } from "../time/clock.ts";
import { requireKnownOptions } from "../zoo/known-options.ts";
import { checkedLoadAll, type LoadAllOptions, type LoadOutcome, loadAllOptions, loadInOrder } from "../zoo/load-all.ts";
import { RequestLimits } from "../zoo/request-limits.ts";
import { checkedSelection, type UnloadAllOptions, type UnloadOutcome, unloadAllOptions } from "../zoo/unload-all.ts";
import type { GetOptions } from "../zoo/zoo.ts";
import { checkedPriority, type ModelStatus } from "../zoo/zoo-status.ts";
import type { HostedZooParts } from "./hosted-zoo-parts.ts";
import type { LocalZoo } from "./local-zoo.ts";
import type { Resident } from "./manager/resident.ts";
import { heldBy, loadsAtATime } from "./scheduler/ledger.ts";
import { unitOf } from "./scheduler/scheduler-state.ts";
import { selectedUnits } from "./scheduler/selected-units.ts";
import { warmOrder } from "./unserved-models.ts";

export interface ManyModelsParts extends Pick<HostedZooParts, "clock" | "manager" | "members" | "requestTimeoutMs"> {
  readonly zoo: Pick<LocalZoo, "load" | "status">;
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
    const { manager, members, resident, zoo } = this.#parts;
    // What the spec keeps is kept again though it was unloaded by name.
    const kept = this.#inOrder().filter(({ model, keep_warm }) => keep_warm || members.keeping.get(model)?.keepWarm);
    manager.want(kept.flatMap(({ model, device }) => (device === undefined ? [] : [resident(model)])));
    // Asked for in their order, they are reserved for in their order: what comes first has its memory first.
    const loads = await Promise.allSettled(kept.map(({ model }) => zoo.load(model, options)));
    return loads.flatMap((loaded) => (loaded.status === "rejected" ? [toModelError(loaded.reason)] : []));
  }

  async loadAll(options: LoadAllOptions): Promise<readonly LoadOutcome[]> {
    using _ = holdProcess();
    requireKnownOptions(options, loadAllOptions, "loadAll");
    checkedLoadAll(options);
    const { clock, manager, zoo } = this.#parts;
    const { models, maxWorkers, onProgress, deadlineMs } = options;
    const priority = checkedPriority(options.priority);
    const names = this.#named(models);
    const what = `load ${names.length} models`;
    using limits = new RequestLimits(what, clock, { signal: options.signal, deadlineMs });
    limits.whereabouts = () => ({ words: "was under way" });
    const workers = maxWorkers ?? loadsAtATime(manager.state);
    // Those whose turn comes later: their processes may be started meanwhile.
    let later = Math.max(0, names.length - workers);
    manager.announceLoads(later);
    const loadOne = async (model: string, signal: AbortSignal): Promise<void> => {
      try {
        await zoo.load(model, { priority, signal });
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

  async unloadAll(options: UnloadAllOptions): Promise<readonly UnloadOutcome[]> {
    using _ = holdProcess();
    requireKnownOptions(options, unloadAllOptions, "unloadAll");
    checkedSelection(options);
    const { clock, manager, members, requestTimeoutMs } = this.#parts;
    const { models: asked, plugin, idleMs, over, count, signal, deadlineMs = requestTimeoutMs } = options;
    const names = asked?.map((name) => members.catalogue.find(name).spec.model_name);
    const ofPlugin = members.catalogue.entries.filter((entry) => entry.plugin === plugin);
    if (plugin !== undefined && ofPlugin.length === 0) throw noSuchPlugin(plugin, members);
    const named = [names, plugin === undefined ? undefined : ofPlugin.map(({ spec }) => spec.model_name)];
    const sets = named.flatMap((each) => (each === undefined ? [] : [new Set(each)]));
    const selected = selectedUnits(
      { ...manager.state, now: clock.now() },
      {
        names: sets.length === 0 ? undefined : sets.reduce((one, other) => one.intersection(other)),
        idleMs: idleMs === undefined ? undefined : (device) => idleOn(device as Device, idleMs),
        over,
        count,
      },
    );
    // What shares a runner leaves together: its memory is told once.
    const models = selected.flatMap((unit) => unitOf(manager.state, unit)?.models ?? []);
    const heldBefore = new Map(
      selected.map((unit) => [unitOf(manager.state, unit)?.models[0], heldBy(manager.state, unit)]),
    );
    return await Promise.all(
      models.map(async (model): Promise<UnloadOutcome> => {
        const started = clock.now();
        const held = heldBefore.get(model) ?? 0;
        try {
          using limits = new RequestLimits(model, clock, { signal, deadlineMs });
          // One that is being removed has no name any more, and is loaded all the same.
          const resident = manager.resident(model);
          if (resident !== undefined) await manager.unload(resident, limits);
          return { model, ok: true, ms: clock.now() - started, freed_bytes: held };
        } catch (error) {
          return { model, ok: false, ms: clock.now() - started, freed_bytes: 0, error: toModelError(error) };
        }
      }),
    );
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
    return warmOrder(this.#parts.zoo.status().models, this.#parts.members.keeping.keys());
  }
}

function idleOn(device: Device, idleMs: NonNullable<UnloadAllOptions["idleMs"]>): number {
  if (typeof idleMs === "number") return idleMs;
  return (hasOwnMemory(device) ? idleMs.vram : idleMs.ram) ?? Number.POSITIVE_INFINITY;
}

function noSuchPlugin(plugin: string, { catalogue }: HostedZooParts["members"]): ModelError {
  const known = [...new Set(catalogue.entries.map((entry) => entry.plugin))];
  return new ModelError(
    "model_not_found",
    `No model of this zoo is of a plugin "${plugin}". There are: ${known.join(", ")}.`,
    {
      details: { plugin, known },
    },
  );
}
