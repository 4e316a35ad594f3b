import * as fc from "fast-check";
import { expect, test } from "vitest";
import { recorded, traffic, zoo } from "./fixtures/plan-property.ts";
import { Journal } from "./journal.ts";
import { perfettoTrace } from "./perfetto.ts";
import { schedule } from "./scheduler.ts";
import type { SchedulerEvent } from "./scheduler-event.ts";

type TraceEvent = ReturnType<typeof perfettoTrace>["traceEvents"][number];

/**
 * What Perfetto's trace processor would not take in: an end closes the open beginning of its category, id and name; slices of
 * one thread lie inside or beside each other; counters are numbers.
 */
function unread(events: readonly TraceEvent[]): string[] {
  const problems: string[] = [];
  const open = new Map<string, TraceEvent>();
  const slices = new Map<number, TraceEvent[]>();
  for (const event of events) {
    const { ph, name, ts, cat, id, tid = -1, args } = event;
    if (!(Number.isFinite(ts) && ts >= 0) || name === "") problems.push(`${ph} ${name} at ${ts}`);
    const key = JSON.stringify([cat, id, name]);
    if (ph === "b") open.set(key, event);
    if (ph === "e" && (open.get(key)?.ts ?? Number.POSITIVE_INFINITY) > ts)
      problems.push(`${key} ends before it begins`);
    if (ph === "e") open.delete(key);
    if (ph === "X") slices.set(tid, [...(slices.get(tid) ?? []), event]);
    if (ph === "C" && !Object.values(args ?? {}).every(Number.isFinite)) problems.push(`${name} counts no numbers`);
    if (ph === "M" && typeof args?.name !== "string") problems.push("a name is no text");
  }
  for (const key of open.keys()) problems.push(`${key} never ends`);
  for (const all of slices.values()) {
    all.sort((a, b) => a.ts - b.ts);
    for (const [i, { ts }] of all.entries()) {
      const before = all[i - 1];
      if (before !== undefined && before.ts + (before.dur ?? Number.NaN) > ts + 1e-6)
        problems.push(`a slice at ${ts} overlaps the one before`);
    }
  }
  return problems;
}

test("a trace for Perfetto has an end for each beginning, for any traffic", () => {
  fc.assert(
    fc.property(traffic, (arrivals) => {
      const { record } = recorded(zoo(), arrivals).journal;
      if (record === undefined) throw new Error("nothing was recorded");
      const { traceEvents } = perfettoTrace(record);
      expect(unread(traceEvents)).toEqual([]);
      expect(traceEvents.filter(({ ph }) => ph === "b")).toHaveLength(arrivals.length);
    }),
    { numRuns: 50 },
  );
});

test("a request that was withdrawn, or still waits, ends in a trace too", () => {
  const journal = new Journal();
  let state = zoo();
  const happen = (at: number, event: SchedulerEvent): void => {
    const step = schedule(state, event, at);
    journal.add(state, { at, event, actions: step.actions });
    state = step.state;
  };
  for (const id of [1, 2])
    happen(id, { type: "requested", request: { id, model: "m0", priority: "medium", until: 1e6 } });
  happen(9, { type: "withdrawn", id: 1 });
  const { traceEvents } = perfettoTrace(journal.record ?? { start: state, entries: [] });
  expect(unread(traceEvents)).toEqual([]);
  expect(traceEvents.filter(({ ph }) => ph === "e")).toMatchObject([
    { id: 1, ts: 9000, args: { withdrawn: true } },
    { id: 2, ts: 9000, args: { stillWaits: true } },
  ]);
});
