import { ModelError } from "../contract/model-error.ts";
import type { GetOptions } from "../zoo/zoo.ts";
import type { ModelManager } from "./manager/model-manager.ts";
import type { Keeping } from "./manager/resident.ts";
import { refuseMisspelt } from "./misspelt-binding.ts";
import type { ZooEvents } from "./zoo-events.ts";
import { keptFor, keptOnDemand, type ZooMembers } from "./zoo-members.ts";

export interface RebindingParts {
  readonly members: ZooMembers;
  readonly manager: ModelManager;
  readonly events: ZooEvents;
  load(model: string, options: GetOptions): Promise<unknown>;
}

/** Moves roles and aliases of a running zoo from model to model, and with them how the zoo spec keeps what bears them. */
export class Rebinding {
  readonly #parts: RebindingParts;
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: RebindingParts) {
    this.#parts = parts;
  }

  /** One after the other: each starts from what the one before left. */
  bind(name: string, target: string, options: GetOptions): Promise<void> {
    const done = this.#last.then(() => this.#bind(name, target, options));
    this.#last = done.catch(() => {});
    return done;
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
    if (this.#parts.members.catalogue.has(name))
      throw new ModelError(
        "input_invalid",
        `"${name}" is a model's own name. Bind a role, or an alias of another name.`,
      );
    if (!/^[a-z0-9]+(?:[._-][a-z0-9]+)*$/.test(name) || name.length > 100)
      throw new ModelError(
        "input_invalid",
        "A role or alias is of lower-case words joined by - . or _, and a model is bound to it.",
      );
    refuseMisspelt(name, this.#parts.members.catalogue);
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
