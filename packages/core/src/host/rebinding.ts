import { ModelError } from "../contract/model-error.ts";
import { abortable } from "../time/abortable.ts";
import type { Clock } from "../time/clock.ts";
import { RequestLimits } from "../zoo/request-limits.ts";
import type { GetOptions } from "../zoo/zoo.ts";
import { checkedPriority } from "../zoo/zoo-status.ts";
import { keptOnDemand } from "./manager/kept-together.ts";
import type { ModelManager } from "./manager/model-manager.ts";
import type { Keeping } from "./manager/resident.ts";
import { refuseMisspelt } from "./misspelt-binding.ts";
import type { ZooEvents } from "./zoo-events.ts";
import { keptFor, type ZooMembers } from "./zoo-members.ts";

export interface RebindingParts {
  readonly members: ZooMembers;
  readonly manager: ModelManager;
  readonly events: ZooEvents;
  readonly clock: Clock;
  load(model: string, options: GetOptions): Promise<unknown>;
}

/** Moves roles and aliases of a running zoo from model to model, and with them how the zoo spec keeps what bears them. */
export class Rebinding {
  readonly #parts: RebindingParts;
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: RebindingParts) {
    this.#parts = parts;
  }

  /**
   * One after the other: each starts from what the one before left. Whoever leaves, or whose deadline comes, is let go at once;
   * what waits its turn then changes nothing.
   */
  async bind(name: string, target: string, options: GetOptions): Promise<void> {
    const { clock } = this.#parts;
    const { priority } = options;
    checkedPriority(priority);
    using limits = new RequestLimits(target, clock, options);
    limits.whereabouts = () => ({ words: "waited for the binding before its own" });
    const before = this.#last;
    const { signal } = limits;
    const turn = (async () => {
      await abortable(before, signal);
      signal.throwIfAborted();
      limits.whereabouts = () => ({ words: "was about to be bound" });
      await this.#bind(name, target, { signal, priority });
    })();
    // The next one waits for those before this one too, though this one has left.
    this.#last = Promise.allSettled([before, turn]);
    return await turn;
  }

  async #bind(name: string, target: string, options: GetOptions): Promise<void> {
    const { members, load, events } = this.#parts;
    const { catalogue, lines } = members;
    const model = catalogue.find(target).spec.model_name;
    this.#requireBindable(name);
    const before = catalogue.modelNamed(name);
    if (lines.get(name)?.keepWarm === true && before !== model) {
      // The one that is left gives its place up first: where there is no room for both, it may be evicted.
      this.#keep(before, keptFor(members, before, name));
      try {
        await load(model, options);
      } catch (error) {
        this.#keep(before, keptFor(members, before));
        throw error;
      }
    }
    catalogue.bindings.set(name, model);
    for (const each of new Set([before, model])) this.#keep(each, keptFor(members, each));
    if (before !== model) events.emit({ type: "bound", name, model, before });
  }

  #requireBindable(name: string): void {
    const { members, manager } = this.#parts;
    // One that is leaving has its name until it is gone: where its removal is given up, it is served as before.
    if (members.catalogue.has(name) || manager.resident(name) !== undefined)
      throw new ModelError(
        "input_invalid",
        `"${name}" is a model's own name. Bind a role, or an alias of another name.`,
      );
    if (!/^[a-z0-9]+(?:[._-][a-z0-9]+)*$/.test(name) || name.length > 100)
      throw new ModelError(
        "input_invalid",
        "A role or alias is of lower-case words joined by - . or _, and a model is bound to it.",
      );
    refuseMisspelt(name, members.catalogue);
  }

  #keep(model: string | undefined, kept: Keeping | undefined): void {
    const { members, manager } = this.#parts;
    if (model === undefined) return;
    if (kept === undefined) members.keeping.delete(model);
    else members.keeping.set(model, kept);
    const resident = manager.resident(model);
    if (resident !== undefined) manager.keep(resident, kept ?? keptOnDemand);
  }
}
