import type { Device } from "../contract/device.ts";
import { ModelError } from "../contract/model-error.ts";
import type { CatalogueEntry } from "./catalogue-entry.ts";
import { devicesFor } from "./device-of.ts";
import type { DeviceInfo } from "./device-probe.ts";
import { groupUnit, keptOnDemand, keptTogether } from "./manager/kept-together.ts";
import type { Keeping } from "./manager/resident.ts";
import type { ZooMembers } from "./zoo-members.ts";

/**
 * Holds that the models of a group run in one place: those of plugins that were given as objects run in this process.
 * @param runsApart whether a model's runner is a process of its own
 * @throws `zoo_spec_invalid` naming two that differ
 */
export function requireOnePlace(
  { groups, catalogue }: Pick<ZooMembers, "groups" | "catalogue">,
  runsApart: (entry: CatalogueEntry) => boolean,
): void {
  for (const { models, name } of new Set(groups.values())) {
    const here = models.find((model) => !runsApart(catalogue.find(model)));
    const apart = models.find((model) => runsApart(catalogue.find(model)));
    if (here === undefined || apart === undefined) continue;
    throw new ModelError(
      "zoo_spec_invalid",
      `${here} and ${apart} cannot share a runner as group "${name}": the plugin of ${here} was given as an object, so it runs in this process, and ${apart} does not. ` +
        `Name the module of that plugin, or take "group" from the line of one of them.`,
      { model: here, details: { group: name, models: [here, apart] } },
    );
  }
}

/** A model and all that share its runner; the model alone where it has a runner to itself. */
export function unitEntries({ groups, catalogue }: GroupedMembers, entry: CatalogueEntry): readonly CatalogueEntry[] {
  const group = groups.get(entry.spec.model_name);
  if (group === undefined) return [entry];
  return group.models.map((model) => (model === entry.spec.model_name ? entry : catalogue.find(model)));
}

/** What the scheduler calls a model and all that share its runner. */
export function unitName({ groups }: Pick<ZooMembers, "groups">, { spec }: CatalogueEntry): string {
  const group = groups.get(spec.model_name);
  return group === undefined ? spec.model_name : groupUnit(group.name);
}

/** The devices on which a model may be loaded with all that share its runner. @throws `unsupported_device` where there is none */
export function unitDevices(
  members: GroupedMembers,
  entry: CatalogueEntry,
  devices: readonly DeviceInfo[],
): readonly [Device, ...Device[]] {
  const group = members.groups.get(entry.spec.model_name);
  if (group === undefined) return devicesFor(entry, devices);
  const places = unitEntries(members, entry).map((each) => devicesFor(each, devices));
  const [first, ...others] = (places[0] ?? []).filter((device) => places.every((known) => known.includes(device)));
  if (first !== undefined) return [first, ...others];
  const words = group.models.map((model, i) => `${model} on ${places[i]?.join(" or ")}`).join(", ");
  throw new ModelError(
    "unsupported_device",
    `The models of group "${group.name}" share a runner, and have no device in common: ${words}. ` +
      `Give them one device_policy, or take "group" from the line of one of them.`,
    { model: entry.spec.model_name, details: { group: group.name, models: group.models, devices: places } },
  );
}

/** How a model and all that share its runner are kept. @param idleMs milliseconds that one stays whose keeping does not say */
export function unitKeeping(members: GroupedMembers, entry: CatalogueEntry, idleMs: number): Keeping {
  const keepings = unitEntries(members, entry).map(({ spec }) => members.keeping.get(spec.model_name) ?? keptOnDemand);
  return keptTogether(keepings, idleMs);
}

type GroupedMembers = Pick<ZooMembers, "groups" | "catalogue" | "keeping">;
