import type { RequestLimits, UnloadOutcome, UnloadSelection } from "@menagerie/core";
import { isRecord, noZoo } from "./checked-body.ts";
import { errorIn, type ZooDoor } from "./zoo-door.ts";

/** Has a served zoo unload what is selected. */
export async function unloadSeveral(
  door: ZooDoor,
  { signal, msLeft }: RequestLimits,
  { models, plugin, idleMs, over, count }: UnloadSelection,
): Promise<readonly UnloadOutcome[]> {
  const seconds = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : ms / 1000);
  const idle_s =
    typeof idleMs === "object" ? { vram: seconds(idleMs.vram), ram: seconds(idleMs.ram) } : seconds(idleMs);
  const selection = { models, plugin, idle_s, over, count };
  const isAll = Object.values(selection).every((said) => said === undefined);
  const body = JSON.stringify(isAll ? { all: true } : selection);
  const said = await door.json("POST", "/v1/unload", { signal, msLeft, body });
  if (!isRecord(said) || !Array.isArray(said.data)) throw noZoo(door.address, "without the list that was asked for");
  return said.data.map((item) => outcomeIn(item, door.address));
}

function outcomeIn(item: unknown, address: string): UnloadOutcome {
  const { model, ok, ms, freed_bytes, ...rest } = isRecord(item) ? item : {};
  if (typeof model !== "string" || typeof ms !== "number" || typeof freed_bytes !== "number")
    throw noZoo(address, "with an unload that has no name");
  if (ok === true) return { model, ok, ms, freed_bytes };
  const error = errorIn(rest, address);
  if (error === undefined) throw noZoo(address, "with an unload that failed for no reason");
  return { model, ok: false, ms, freed_bytes: 0, error };
}
