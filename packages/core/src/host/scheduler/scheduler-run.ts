import type { Priority } from "../../zoo/zoo-status.ts";
import { schedule } from "./scheduler.ts";
import {
  emptySchedulerState,
  type SchedulerAction,
  type SchedulerEvent,
  type SchedulerState,
} from "./scheduler-state.ts";

/** Drives the scheduler as the manager does, for tests: one device of a given budget, and every action remembered. */
export class Run {
  state: SchedulerState;
  readonly log: SchedulerAction[] = [];
  now = 0;
  #id = 0;

  constructor(budget: number) {
    this.state = emptySchedulerState({ cpu: budget });
  }

  send(event: SchedulerEvent): readonly SchedulerAction[] {
    const step = schedule(this.state, event, this.now);
    this.state = step.state;
    this.log.push(...step.actions);
    return step.actions;
  }

  add(
    name: string,
    bytes: number,
    options: { priority?: Priority; pinned?: boolean; idleTimeout?: number } = {},
  ): void {
    const { priority = "medium", pinned = false, idleTimeout = Number.POSITIVE_INFINITY } = options;
    this.send({ type: "model-added", model: { name, device: "cpu", bytes, priority, pinned, idleTimeout } });
  }

  ask(model: string, options: { priority?: Priority; wait?: number } = {}): readonly SchedulerAction[] {
    const { priority = "medium", wait = 60_000 } = options;
    return this.send({ type: "requested", request: { id: this.#id++, model, priority, until: this.now + wait } });
  }

  loaded(model: string): readonly SchedulerAction[] {
    return this.send({ type: "loaded", model });
  }

  released(model: string): readonly SchedulerAction[] {
    return this.send({ type: "released", model });
  }

  /** Lets time pass, in milliseconds. */
  pass(ms: number): readonly SchedulerAction[] {
    this.now += ms;
    return this.send({ type: "time-passed" });
  }

  /** Asks for a model and loads it; the lease is held. */
  lease(model: string, options: { priority?: Priority; wait?: number } = {}): void {
    this.ask(model, options);
    if (this.state.models[model]?.phase === "loading") this.loaded(model);
  }

  /** How often a load has been started. */
  loads(model?: string): number {
    return this.log.filter((action) => action.type === "load" && (model === undefined || action.model === model))
      .length;
  }

  /** Loads a model and gives its lease back at a time of its own, so that the order of use is known. */
  warm(model: string): void {
    this.ask(model);
    this.send({ type: "loaded", model });
    this.now += 1;
    this.send({ type: "released", model });
  }
}
