import type { CatalogueEntry } from "./catalogue-entry.ts";
import { unitDevices, unitEntries, unitName } from "./grouped-models.ts";
import type { HostedZooParts } from "./hosted-zoo-parts.ts";
import { keptOnDemand } from "./manager/kept-together.ts";
import { nameOf, type Resident } from "./manager/resident.ts";

/** What the manager has of a model, which is made known with all that share its runner. @throws as `unitDevices` */
export function residentOf(
  { manager, members, devices }: Pick<HostedZooParts, "manager" | "members" | "devices">,
  entry: CatalogueEntry,
): Resident {
  const name = entry.spec.model_name;
  const known = manager.resident(name);
  if (known !== undefined) return known;
  const added = manager.add({
    name: unitName(members, entry),
    group: members.groups.get(name)?.name,
    members: unitEntries(members, entry).map((each) => ({
      entry: each,
      keeping: members.keeping.get(each.spec.model_name) ?? keptOnDemand,
    })),
    devices: unitDevices(members, entry, devices),
    replicas: members.replicas.get(name),
  });
  return added.find((member) => nameOf(member) === name) as Resident;
}
