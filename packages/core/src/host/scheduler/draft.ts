import type { Device } from "../../contract/device.ts";
import type { EvictionPolicy } from "./eviction-policy.ts";
import {
  copyModels,
  type Refusal,
  type ScheduledModel,
  type SchedulerAction,
  type SchedulerState,
  type Step,
  type WaitingRequest,
} from "./scheduler-state.ts";

/** The next state while it is worked out, and the actions that lead to it. The state that it starts from stays as it is. */
export class Draft implements SchedulerState {
  readonly now: number;
  readonly budgets: SchedulerState["budgets"];
  readonly models: Record<string, ScheduledModel>;
  readonly policy: EvictionPolicy;
  readonly actions: SchedulerAction[] = [];
  waiting: readonly WaitingRequest[];
  closed: boolean;

  constructor(state: SchedulerState, now: number, policy: EvictionPolicy) {
    // Time never goes back; a time that is no number leaves it where it is.
    this.now = Number.isNaN(now) ? state.now : Math.max(now, state.now);
    this.budgets = state.budgets;
    this.models = copyModels(state.models);
    this.policy = policy;
    this.waiting = state.waiting;
    this.closed = state.closed;
  }

  get step(): Step {
    const { now, budgets, models, waiting, closed, actions } = this;
    return { state: { now, budgets, models, waiting, closed }, actions };
  }

  get devices(): Device[] {
    return [...new Set(Object.values(this.models).map((model) => model.device))];
  }

  /** Changes a model; one that is unknown stays unknown. */
  change(name: string, change: Partial<ScheduledModel>): void {
    const model = this.models[name];
    if (model !== undefined) this.models[name] = { ...model, ...change };
  }

  isWaitedFor(name: string): boolean {
    return this.waiting.some((request) => request.model === name);
  }

  load(name: string, change: Partial<ScheduledModel> = {}): void {
    this.change(name, { ...change, phase: "loading", lastUsed: this.now });
    this.actions.push({ type: "load", model: name });
  }

  unload(name: string, reason: string): void {
    this.change(name, { phase: "unloading", leaving: reason });
    this.actions.push({ type: "unload", model: name, reason });
  }

  grant(request: WaitingRequest, model: ScheduledModel): void {
    this.change(model.name, { leases: model.leases + 1, lastUsed: this.now });
    this.actions.push({ type: "grant", id: request.id, model: model.name });
  }

  /** Refuses every waiting request for which there is a reason. */
  refuse(reasonOf: (request: WaitingRequest) => Refusal | undefined): void {
    const kept: WaitingRequest[] = [];
    for (const request of this.waiting) {
      const refusal = reasonOf(request);
      if (refusal === undefined) kept.push(request);
      else this.actions.push({ type: "refuse", id: request.id, refusal });
    }
    this.waiting = kept;
  }
}
