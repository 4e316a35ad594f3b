import type { Log } from "../contract/log.ts";
import { ModelError } from "../contract/model-error.ts";
import type { ModelSpec } from "../contract/model-spec.ts";
import type { RequestLimits } from "../zoo/request-limits.ts";
import type { CatalogueEntry } from "./catalogue-entry.ts";
import { requireFreeName } from "./free-name.ts";
import { type FunctionModel, functionPlugin, functionSpec, pluginName, settledModel } from "./function-model.ts";
import { GivenPlugin, type GivenPlugins } from "./given-plugins.ts";
import type { ModelManager } from "./manager/model-manager.ts";
import type { Vocabularies } from "./vocabularies.ts";
import { keptFor, namedPlugin, type ZooMembers } from "./zoo-members.ts";
import type { ZooSpec } from "./zoo-spec.ts";

export interface MembershipParts {
  readonly members: ZooMembers;
  readonly manager: ModelManager;
  readonly vocabularies: Vocabularies;
  readonly given: GivenPlugins;
  readonly appDir: string;
  /** Folder of the artifacts of every spec that is added; default: the spec's own. */
  readonly addedRoot: string | undefined;
  readonly runner: ZooSpec["runner"];
  readonly log: Log;
}

/** Which models a running zoo has: those that come and those that go. */
export class Membership {
  readonly #parts: MembershipParts;
  #hasTold = false;

  constructor(parts: MembershipParts) {
    this.#parts = parts;
  }

  /** @throws `model_duplicate` where a model of that name is in use, or the name is a role or an alias */
  add(spec: ModelSpec, file: string): void {
    const { addedRoot, manager, members, vocabularies } = this.#parts;
    const name = spec.model_name;
    if (manager.resident(name) !== undefined) {
      throw new ModelError(
        "model_duplicate",
        `${name} is in use already under another spec; give the new one another name.`,
        { model: name, details: { file } },
      );
    }
    requireFreeName(members.catalogue, name);
    const placed = addedRoot === undefined ? spec : { ...spec, artifacts_root: addedRoot };
    const plugin = namedPlugin(spec.plugin, file);
    members.catalogue.replace({ ...vocabularies.settleKnown(placed, file, plugin), file, plugin });
    this.#keep(name);
  }

  /** @returns what the model is found as, as long as it is in the zoo @throws `model_duplicate`, `model_spec_invalid` */
  async register<Opened>(asked: FunctionModel<Opened>): Promise<CatalogueEntry> {
    const { appDir, members, manager, given, vocabularies } = this.#parts;
    const model = settledModel(asked);
    const spec = await functionSpec(model, appDir);
    const name = spec.model_name;
    vocabularies.settleKnown(spec, `The registration of ${name}`, pluginName(name));
    if (members.catalogue.has(name) || manager.resident(name) !== undefined)
      throw new ModelError("model_duplicate", `A model called "${name}" is in the zoo already. Remove it first.`, {
        model: name,
      });
    requireFreeName(members.catalogue, name);
    const plugin = new GivenPlugin(functionPlugin(model, appDir), appDir);
    given.add(plugin);
    this.tellWhereItRuns(plugin);
    const isPinned = model.path === undefined || model.sha256 !== undefined;
    const file = plugin.file;
    const entry = { spec, file, plugin: pluginName(name), ...(isPinned ? {} : { pinnedAtLoad: {} }) };
    const kept = members.catalogue.add(entry);
    members.own.set(name, {
      keepWarm: model.cache_policy === "keep_warm",
      priority: model.priority ?? "medium",
      required: model.required ?? false,
    });
    this.#keep(name);
    return kept;
  }

  /** What comes is kept as the zoo spec keeps the model of its name, or of the role that is bound to it. */
  #keep(name: string): void {
    const { members } = this.#parts;
    const kept = keptFor(members, name);
    if (kept !== undefined) members.keeping.set(name, kept);
  }

  /** @throws `model_not_found`; `input_invalid` for a required model without `force`; what ends the wait */
  async remove(nameOrRole: string, limits: RequestLimits, force: boolean): Promise<void> {
    const { members, manager, given } = this.#parts;
    const entry = members.catalogue.find(nameOrRole);
    const name = entry.spec.model_name;
    if (members.keeping.get(name)?.required === true && !force)
      throw new ModelError(
        "input_invalid",
        `${name} is required, so the zoo is unhealthy without it. Remove it all the same with force: true.`,
        { model: name },
      );
    const group = members.groups.get(name);
    if (group !== undefined)
      throw new ModelError(
        "input_invalid",
        `${name} shares a runner with ${group.models.filter((other) => other !== name).join(", ")} as group "${group.name}": it cannot be removed while the zoo runs. Take it from the zoo spec.`,
        { model: name, details: { group: group.name, models: group.models } },
      );
    // Nobody finds it from now on.
    members.catalogue.delete(name);
    try {
      const resident = manager.resident(name);
      if (resident !== undefined) await manager.remove(resident, limits, removedError(name));
    } catch (error) {
      members.catalogue.replace(entry);
      throw error;
    }
    members.keeping.delete(name);
    if (members.own.get(name)?.required !== true) members.own.delete(name);
    if (entry.plugin === pluginName(name)) given.delete(entry.plugin);
  }

  /** Said once: where a zoo runs its models in processes, those of objects are the exception. */
  tellWhereItRuns({ plugin, staysHere }: GivenPlugin): void {
    const { runner, log } = this.#parts;
    if (runner === "inline" || !staysHere || this.#hasTold) return;
    this.#hasTold = true;
    log.info(
      "models of plugins that are given as objects run in this process; name their module to give them their own",
      {
        plugin: plugin.name,
      },
    );
  }
}

/** For whoever holds on to a registered model that was removed. @param isTaken its name is another model's now */
export function goneError(model: string, isTaken: boolean): ModelError {
  const now = isTaken ? ", and its name is another model's now" : "";
  return new ModelError("model_not_found", `${model} was removed from the zoo${now}. Register it again.`, { model });
}

function removedError(model: string): ModelError {
  return new ModelError("model_not_found", `${model} was removed from the zoo while the request waited for it.`, {
    model,
  });
}
