import { at } from "./amounts.ts";
import type { JournalRecord } from "./journal.ts";
import { schedule } from "./scheduler.ts";
import { type Phase, type SchedulerState, unitOf } from "./scheduler-state.ts";

/** An event of the JSON that Perfetto and Chrome read. Times are microseconds. */
interface TraceEvent {
  readonly name: string;
  readonly ph: "X" | "C" | "i" | "b" | "e" | "M";
  readonly ts: number;
  readonly pid: number;
  readonly tid?: number;
  readonly dur?: number;
  readonly cat?: string;
  readonly id?: number;
  readonly s?: "t";
  readonly args?: Readonly<Record<string, unknown>>;
}

/** A track for each unit with its phases, a counter for each device, and how long every request waited. */
export function perfettoTrace({ start, entries }: JournalRecord): { readonly traceEvents: readonly TraceEvent[] } {
  const events: TraceEvent[] = [{ name: "process_name", ph: "M", ts: 0, pid: 1, args: { name: "zoo" } }];
  const since = new Map<string, { readonly phase: Phase; readonly at: number; readonly why: unknown }>();
  let state = start;
  let now = start.now;
  const close = (unit: string, place: number): void => {
    const slice = since.get(unit);
    if (slice === undefined || slice.phase === "cold") return;
    const { phase, why } = slice;
    const [ts, dur] = [slice.at * 1000, (now - slice.at) * 1000];
    events.push({ name: phase, ph: "X", ts, dur, pid: 1, tid: place + 1, cat: "unit", args: { why } });
  };
  const waiting = new Map<number, string>();
  // An end counts only under the name of its beginning; one whose beginning is not in the journal has none.
  const end = (id: number, ts: number, args: Readonly<Record<string, unknown>>): void => {
    const name = waiting.get(id);
    if (name === undefined) return;
    waiting.delete(id);
    events.push({ name, ph: "e", ts, pid: 1, cat: "request", id, args });
  };
  for (const { at: time, event, actions } of entries) {
    state = schedule(state, event, time).state;
    now = Math.max(now, time);
    const ts = now * 1000;
    if (event.type === "unit-added") events.push(threadName(state, event.unit.name));
    if (event.type === "requested") {
      const { id, model } = event.request;
      waiting.set(id, `${model} waits`);
      events.push({ name: `${model} waits`, ph: "b", ts, pid: 1, cat: "request", id });
    }
    if (event.type === "withdrawn") end(event.id, ts, { withdrawn: true });
    for (const action of actions) {
      if (action.type === "grant") end(action.id, ts, {});
      if (action.type === "refuse") end(action.id, ts, { refusal: action.refusal });
    }
    for (const [place, { name, phase }] of state.units.entries()) {
      if (since.get(name)?.phase === phase) continue;
      close(name, place);
      const why = actions.find((action) => "unit" in action && action.unit === name && "reason" in action);
      since.set(name, { phase, at: now, why: why !== undefined && "reason" in why ? why.reason : event.type });
    }
    if (actions.some(({ type }) => type === "load" || type === "unload") || event.type === "unloaded")
      events.push(...counters(state, ts));
  }
  for (const [place, { name }] of state.units.entries()) close(name, place);
  for (const id of [...waiting.keys()]) end(id, now * 1000, { stillWaits: true });
  return { traceEvents: [...start.units.map(({ name }) => threadName(start, name)), ...events] };
}

function threadName(state: SchedulerState, name: string): TraceEvent {
  const place = state.places.get(unitOf(state, name)?.name ?? name) ?? 0;
  return { name: "thread_name", ph: "M", ts: 0, pid: 1, tid: place + 1, args: { name } };
}

function counters({ resources, units }: SchedulerState, ts: number): TraceEvent[] {
  return resources.map(({ name }, i) => {
    const reserved = units.reduce((sum, unit) => sum + at(unit.reserved, i), 0);
    return { name: `reserved on ${name}`, ph: "C", ts, pid: 1, args: { reserved } };
  });
}
