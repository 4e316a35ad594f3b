import { Timeline } from "@menagerie/core/scheduler";
import { type Outcome, waitsOf } from "./outcome.ts";
import type { Trace } from "./traces.ts";

/** How a peer decides what to give up. */
export interface PeerRule {
  /** Most models that may be loaded; Infinity for as many as fit. */
  readonly maxLoaded: number;
  readonly budget: number;
  /** Loads at a time. */
  readonly maxLoading: number;
  /** A request that waits for room holds up all that come after it, of loaded models too. */
  readonly isOneQueue: boolean;
  /** Idle models that are given up together. */
  readonly atOnce: number;
  /** The next to give up among the idle. */
  victim(idle: readonly PeerModel[]): PeerModel | undefined;
}

export interface PeerModel {
  readonly index: number;
  readonly name: string;
  readonly bytes: number;
  readonly loadMs: number;
  phase: "cold" | "loading" | "ready";
  leases: number;
  lastUsed: number;
  busyUntil: number;
}

const unloadMs = 20;

const oldest = (idle: readonly PeerModel[]): PeerModel | undefined =>
  idle.reduce<PeerModel | undefined>((a, b) => (a === undefined || b.lastUsed < a.lastUsed ? b : a), undefined);

/** As many models as the largest of them fit at a time, the least recently used goes: Ray Serve, Roboflow, LocalAI. */
export function lruByCount({ budget, models }: Trace): PeerRule {
  const largest = Math.max(...models.map(({ bytes }) => bytes));
  const maxLoaded = Math.max(1, Math.floor(budget / largest));
  return { maxLoaded, budget: Number.POSITIVE_INFINITY, maxLoading: 3, isOneQueue: false, atOnce: 1, victim: oldest };
}

/** As many bytes as there are, the least recently used goes until it fits. */
export function lruByBytes({ budget }: Trace): PeerRule {
  return { maxLoaded: Number.POSITIVE_INFINITY, budget, maxLoading: 3, isOneQueue: false, atOnce: 1, victim: oldest };
}

/** A fifth of the memory is to stay free, and three go at a time: Roboflow, by MEMORY_FREE_THRESHOLD. */
export function inThrees({ budget }: Trace): PeerRule {
  const [maxLoaded, maxLoading] = [Number.POSITIVE_INFINITY, 3];
  return { maxLoaded, budget: 0.8 * budget, maxLoading, isOneQueue: false, atOnce: 3, victim: oldest };
}

/**
 * Ollama's: one queue, one load at a time, and of idle runners the one with the shortest keep-alive goes, which is the
 * same for all, so that the name decides (server/sched.go, ByDurationAndName).
 */
export function ollama({ budget }: Trace): PeerRule {
  const victim = (idle: readonly PeerModel[]): PeerModel | undefined =>
    [...idle].sort((a, b) => (a.name < b.name ? -1 : 1))[0];
  return { maxLoaded: Number.POSITIVE_INFINITY, budget, maxLoading: 1, isOneQueue: true, atOnce: 1, victim };
}

interface Waiting {
  readonly model: PeerModel;
  readonly since: number;
  readonly runMs: number;
}

type Happening =
  | { readonly kind: "loaded" | "answered"; readonly model: PeerModel }
  | { readonly kind: "unloaded"; readonly model: PeerModel };

/** Plays a trace by a peer's rule, in the order of arrival. */
export function played(trace: Trace, rule: PeerRule): Outcome {
  const models = trace.models.map(
    (model, index): PeerModel => ({ ...model, index, phase: "cold", leases: 0, lastUsed: 0, busyUntil: 0 }),
  );
  const timeline = new Timeline<Happening>();
  const waits: number[] = [];
  let pending: Waiting[] = [];
  let [now, used, loaded, loading, loads, bytes, loadMs] = [0, 0, 0, 0, 0, 0, 0];

  const start = ({ model, since, runMs }: Waiting): void => {
    const begins = Math.max(now, model.busyUntil);
    waits.push(begins - since);
    model.busyUntil = begins + runMs;
    model.leases += 1;
    model.lastUsed = now;
    timeline.add(model.busyUntil, { kind: "answered", model });
  };
  const leaving = new Set<PeerModel>();
  /** @returns whether the load has begun */
  const load = (model: PeerModel): boolean => {
    if (loading >= rule.maxLoading) return false;
    while (used + model.bytes > rule.budget || loaded >= rule.maxLoaded) {
      // What is on its way out already will do.
      if (leaving.size > 0) return false;
      for (let i = 0; i < rule.atOnce; i++) {
        const idle = models.filter((other) => other.phase === "ready" && other.leases === 0 && !leaving.has(other));
        const victim = rule.victim(idle);
        if (victim === undefined) return false;
        leaving.add(victim);
        timeline.add(now + unloadMs, { kind: "unloaded", model: victim });
      }
    }
    model.phase = "loading";
    used += model.bytes;
    loaded += 1;
    loading += 1;
    loads += 1;
    bytes += model.bytes;
    loadMs += model.loadMs;
    timeline.add(now + model.loadMs, { kind: "loaded", model });
    return true;
  };
  const serve = (): void => {
    const kept: Waiting[] = [];
    for (const [i, waiting] of pending.entries()) {
      const { model } = waiting;
      if (model.phase === "ready" && !leaving.has(model)) start(waiting);
      else {
        if (model.phase === "cold") load(model);
        // In one queue whoever waits for a load or for room holds up the rest.
        if (rule.isOneQueue) {
          if (i > 0) pending = pending.slice(i);
          return;
        }
        kept.push(waiting);
      }
    }
    pending = kept;
  };
  const advance = (time: number): void => {
    while (timeline.next <= time && timeline.next < Number.POSITIVE_INFINITY) {
      now = timeline.next;
      const what = timeline.take();
      if (what === undefined) return;
      const { model } = what;
      if (what.kind === "answered") model.leases -= 1;
      else if (what.kind === "loaded") {
        model.phase = "ready";
        loading -= 1;
      } else {
        model.phase = "cold";
        leaving.delete(model);
        used -= model.bytes;
        loaded -= 1;
      }
      if (pending.length > 0) serve();
    }
  };
  let requests = 0;
  for (const arrival of trace.arrivals()) {
    advance(arrival.at);
    now = Math.max(now, arrival.at);
    const model = models[arrival.model];
    if (model === undefined) continue;
    requests += 1;
    const waiting = { model, since: arrival.at, runMs: arrival.runMs };
    if (pending.length === 0 && model.phase === "ready" && !leaving.has(model)) start(waiting);
    else {
      pending.push(waiting);
      serve();
    }
  }
  advance(Number.MAX_VALUE);
  return { requests, refused: requests - waits.length, loads, bytes, loadMs, ...waitsOf(waits) };
}
