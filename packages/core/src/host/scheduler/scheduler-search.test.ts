import { describe, expect, test } from "vitest";
import type { Priority } from "../../zoo/zoo-status.ts";
import { schedule } from "./scheduler.ts";
import { brokenRules, canBeHelped, waiters } from "./scheduler-rules.ts";
import { type AddedModel, emptySchedulerState, type SchedulerEvent, type SchedulerState } from "./scheduler-state.ts";

/** A small world of which every order of events is tried, up to a number of events. */
interface World {
  readonly budgets: SchedulerState["budgets"];
  readonly models: readonly (Pick<AddedModel, "name" | "bytes"> & Partial<AddedModel>)[];
  readonly events: number;
  /** Requests that wait at once. */
  readonly requests?: number;
  readonly classes?: readonly Priority[];
  /** Milliseconds that a request waits. */
  readonly wait?: number;
  /** Milliseconds that may pass between two events. */
  readonly pauses?: readonly number[];
  /** Bytes that a ready model may be measured at. */
  readonly sizes?: readonly number[];
  /** Event types that are left out. */
  readonly without?: readonly SchedulerEvent["type"][];
}

interface Node {
  readonly state: SchedulerState;
  readonly trace: readonly string[];
}

const small = {
  models: [
    { name: "a", bytes: 60 },
    { name: "b", bytes: 60 },
  ],
  budgets: { cpu: 100 },
};

const worlds: Readonly<Record<string, World>> = {
  "two models with room for one, a third elsewhere": {
    budgets: { cpu: 100, "cuda:0": 100 },
    models: [...small.models, { name: "g", bytes: 60, device: "cuda:0" }],
    events: 7,
    without: ["closed"],
  },
  "requests of two classes": {
    budgets: { cpu: 100 },
    models: [
      { name: "a", bytes: 60, priority: "low" },
      { name: "b", bytes: 60 },
    ],
    classes: ["critical", "medium"],
    events: 7,
    without: ["closed", "load-failed"],
  },
  "small models behind a large one, beside an idle one of a higher class": {
    budgets: { cpu: 100 },
    models: [
      { name: "high", bytes: 40, priority: "high" },
      { name: "large", bytes: 90 },
      { name: "small", bytes: 30 },
    ],
    events: 7,
    without: ["closed", "load-failed", "crashed"],
  },
  "victims of several sizes": {
    budgets: { cpu: 100 },
    models: [
      { name: "a", bytes: 50 },
      { name: "b", bytes: 30 },
      { name: "c", bytes: 70 },
    ],
    events: 7,
    without: ["closed", "load-failed", "pinned"],
  },
  measurements: {
    budgets: { cpu: 100 },
    models: [
      { name: "a", bytes: 40 },
      { name: "b", bytes: 40 },
      { name: "c", bytes: 30, priority: "high" },
    ],
    sizes: [70, 400],
    requests: 2,
    events: 7,
    without: ["closed", "load-failed", "pinned"],
  },
  "kept models that do not fit together": {
    budgets: { cpu: 100 },
    models: [
      { name: "a", bytes: 60, pinned: true },
      { name: "b", bytes: 60, pinned: true },
      { name: "c", bytes: 0 },
    ],
    events: 6,
    pauses: [600],
    without: ["closed"],
  },
  "loads that fail, and time that passes": {
    ...small,
    events: 7,
    requests: 2,
    pauses: [600],
    without: ["closed", "withdrawn", "pinned"],
  },
  "waits that end": { ...small, events: 8, wait: 1500, pauses: [600], without: ["closed", "load-failed", "pinned"] },
  "a zoo that closes": { ...small, events: 6, pauses: [600] },
};

describe("no order of events breaks a rule", () => {
  test.each(Object.keys(worlds))(
    "in a world of %s",
    (name) => {
      expect(search(worlds[name] as World)).toEqual([]);
    },
    60_000,
  );
});

/** Breadth first, so that the first counterexample is a shortest one. @returns it, as one line per event */
function search(world: World): readonly string[] {
  let state = emptySchedulerState(world.budgets);
  for (const model of world.models) {
    const defaults = {
      device: "cpu",
      priority: "medium",
      pinned: false,
      idleTimeout: Number.POSITIVE_INFINITY,
    } as const;
    state = schedule(state, { type: "model-added", model: { ...defaults, ...model } }, 0).state;
  }
  const seen = new Set<string>();
  let front: Node[] = [{ state, trace: [] }];
  for (let depth = 0; depth < world.events; depth++) {
    const next: Node[] = [];
    for (const node of front) {
      for (const [event, ms] of possible(world, node.state, node.trace.length)) {
        const step = schedule(node.state, event, node.state.now + ms);
        const trace = [...node.trace, `${JSON.stringify(event)} after ${ms} ms: ${JSON.stringify(step.actions)}`];
        const broken = brokenRules(node.state, event, step);
        const key = keyOf(step.state);
        const isNew = !seen.has(key);
        if (isNew) broken.push(...drainRules(step.state));
        if (broken.length > 0) return [...trace, ...broken];
        if (isNew) next.push({ state: step.state, trace });
        seen.add(key);
      }
    }
    front = next;
  }
  return [];
}

/** What can happen next, and how long after the last. */
function possible(world: World, state: SchedulerState, id: number): readonly (readonly [SchedulerEvent, number])[] {
  const { classes = ["medium"], pauses = [], requests = 3, sizes = [], wait = 1e6, without = [] } = world;
  const events: SchedulerEvent[] = [];
  for (const { name: model, leases, phase, pinned } of Object.values(state.models)) {
    if (state.waiting.length < requests)
      for (const priority of classes)
        events.push({ type: "requested", request: { id, model, priority, until: state.now + wait } });
    if (phase === "loading") events.push({ type: "loaded", model }, { type: "load-failed", model });
    if (phase === "unloading") events.push({ type: "unloaded", model });
    if (phase === "ready") events.push({ type: "crashed", model });
    if (phase === "ready") for (const bytes of sizes) events.push({ type: "measured", model, bytes });
    if (phase === "ready" || phase === "loading") events.push({ type: "unload-asked", model });
    if (leases > 0) events.push({ type: "released", model });
    if (leases > 0 && !pinned) events.push({ type: "pinned", model });
  }
  for (const { id } of state.waiting) events.push({ type: "withdrawn", id });
  if (!state.closed) events.push({ type: "closed" });
  const now = events.filter((event) => !without.includes(event.type)).map((event) => [event, 0] as const);
  return [...now, ...pauses.map((ms) => [{ type: "time-passed" } as const, ms] as const)];
}

/** Once everything under way has ended and every lease is back, only those still wait who cannot be helped. */
function drainRules(state: SchedulerState): string[] {
  let drained = state;
  for (let i = 0; i < 40; i++) {
    const event = nextEnd(drained);
    if (event === undefined) {
      const stuck = Object.values(drained.models)
        .flatMap(({ device }) => waiters(drained, device))
        .filter((waiter) => canBeHelped(drained, waiter));
      const reserved = drained.closed && Object.values(drained.models).some((model) => model.phase !== "cold");
      return [
        ...stuck.map(({ model }) => `once all is drained, ${model.name} is still waited for`),
        ...(reserved ? ["a closed zoo keeps memory"] : []),
      ];
    }
    drained = schedule(drained, event, drained.now).state;
  }
  return ["draining never ends"];
}

function nextEnd({ models }: SchedulerState): SchedulerEvent | undefined {
  for (const { name: model, phase, leases } of Object.values(models)) {
    if (phase === "loading") return { type: "loaded", model };
    if (phase === "unloading") return { type: "unloaded", model };
    if (phase === "ready" && leases > 0) return { type: "released", model };
  }
  const held = Object.values(models).find((model) => model.leases > 0);
  return held === undefined ? undefined : { type: "released", model: held.name };
}

/** Equal for states that behave alike from now on: times count as they lie from now, requests by their order. */
function keyOf({ closed, models, now, waiting }: SchedulerState): string {
  const since = (time: number | undefined): number | undefined => (time === undefined ? undefined : time - now);
  return JSON.stringify([
    closed,
    Object.values(models).map((model) => [
      model.phase,
      model.leases,
      model.leaving,
      model.pinned,
      model.bytes,
      model.measuredBytes,
      model.failures,
      since(model.loadedAt),
      since(model.retryAt),
      since(model.wantedSince),
    ]),
    waiting.map((request) => [request.model, request.priority, since(request.since), since(request.until)]),
  ]);
}
