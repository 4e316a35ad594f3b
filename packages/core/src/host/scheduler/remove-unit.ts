import type { Draft } from "./draft.ts";
import { isDown } from "./scheduler-state.ts";

/** Forgets a unit that is down and that nobody holds or waits for; any other stays as it is. */
export function removeUnit(draft: Draft, place: number): void {
  const unit = draft.unit(place);
  if (!isDown(unit) || unit.leases > 0 || unit.waiting.length > 0) return;
  draft.units.splice(place, 1);
  draft.places = new Map(
    draft.units.flatMap(({ name, models }, at) => [name, ...models].map((each): [string, number] => [each, at])),
  );
}
