import { chooseVictims, type EvictionPolicy, leastRecentlyUsed } from "./eviction-policy.ts";
import { keptBytes, leavingBytes, modelsOn, reservedBytes } from "./ledger.ts";
import {
  priorityRank,
  type Refusal,
  type ScheduledModel,
  type SchedulerAction,
  type SchedulerEvent,
  type SchedulerState,
  type Step,
  type WaitingRequest,
} from "./scheduler-state.ts";

/**
 * The whole of scheduling: what happened at `now`, and what follows. Pure and synchronous; no clock, no I/O. Whoever
 * calls it carries out the actions and reports back with further events.
 *
 * It keeps: a load starts only when its bytes fit beside all that is reserved; a leased or pinned model is never
 * unloaded to make room; what can never fit is refused at once, before anything is unloaded; every request is granted or
 * refused no later than its `until`.
 */
export function schedule(
  state: SchedulerState,
  event: SchedulerEvent,
  now: number,
  policy: EvictionPolicy = leastRecentlyUsed,
): Step {
  const draft = new Draft({ ...state, now: Math.max(now, state.now) }, policy);
  draft.apply(event);
  draft.settle();
  return { state: draft.state, actions: draft.actions };
}

/** Time of the next thing that happens by itself: a wait that ends or a model that has idled enough. */
export function nextWake(state: SchedulerState): number {
  const waits = state.waiting.map((request) => request.until);
  const idle = Object.values(state.models)
    .filter(isIdle)
    .map((model) => model.lastUsed + model.idleTimeout);
  return Math.min(Number.POSITIVE_INFINITY, ...waits, ...idle);
}

class Draft {
  state: SchedulerState;
  readonly actions: SchedulerAction[] = [];
  readonly #policy: EvictionPolicy;

  constructor(state: SchedulerState, policy: EvictionPolicy) {
    this.state = state;
    this.#policy = policy;
  }

  apply(event: SchedulerEvent): void {
    switch (event.type) {
      case "model-added":
        this.#put({ ...event.model, phase: "cold", leases: 0, leaving: undefined, lastUsed: this.state.now });
        return;
      case "requested":
        this.state = { ...this.state, waiting: [...this.state.waiting, event.request] };
        return;
      case "withdrawn":
        this.#drop([event.id]);
        return;
      case "released":
        this.#change(event.model, (model) => ({ leases: Math.max(0, model.leases - 1), lastUsed: this.state.now }));
        return;
      case "pinned":
        this.#change(event.model, () => ({ pinned: true }));
        return;
      case "unload-asked":
        this.#change(event.model, (model) => ({
          pinned: false,
          leaving: ["ready", "loading"].includes(model.phase) ? "asked" : undefined,
        }));
        return;
      case "loaded":
        this.#change(event.model, () => ({ phase: "ready", lastUsed: this.state.now }));
        return;
      case "measured":
        this.#change(event.model, () => ({ bytes: event.bytes }));
        return;
      case "load-failed":
        this.#change(event.model, () => ({ phase: "cold", leaving: undefined }));
        this.#refuseAll((request) => request.model === event.model, { kind: "load-failed", model: event.model });
        return;
      case "unloaded":
        this.#change(event.model, () => ({ phase: "cold", leaving: undefined }));
        return;
      case "crashed":
        this.#crash(event.model);
        return;
      case "closed":
        this.state = { ...this.state, closed: true };
        return;
      case "time-passed":
        return;
    }
  }

  /** Does all that can be done now; calling it again changes nothing. */
  settle(): void {
    this.#refuseHopeless();
    for (const model of Object.values(this.state.models)) this.#retire(model);
    const blocked = new Set<string>();
    for (const request of inOrder(this.state.waiting)) this.#serve(request, blocked);
    for (const model of Object.values(this.state.models)) this.#retire(model);
  }

  #crash(name: string): void {
    const model = this.state.models[name];
    if (model === undefined || model.phase === "cold") return;
    const wanted =
      model.phase !== "unloading" &&
      model.leaving === undefined &&
      (model.leases > 0 || model.pinned) &&
      !this.state.closed;
    this.#change(name, () => ({ phase: wanted ? "loading" : "cold", leaving: undefined }));
    if (wanted) this.actions.push({ type: "load", model: name });
  }

  #refuseHopeless(): void {
    for (const request of this.state.waiting) {
      const refusal = this.#hopeless(request);
      if (refusal !== undefined) this.#refuseAll((other) => other.id === request.id, refusal);
    }
  }

  #hopeless(request: WaitingRequest): Refusal | undefined {
    const model = this.state.models[request.model];
    if (model === undefined || this.state.closed) return { kind: "closed", model: request.model };
    const { name, bytes } = model;
    const budget = this.state.budgets[model.device] ?? 0;
    const kept = keptBytes(this.state, model.device, name);
    if (model.phase === "cold" && bytes > budget - kept)
      return { kind: "never-fits", model: name, bytes, budget, kept };
    if (this.state.now < request.until) return undefined;
    return { kind: "waited-too-long", model: name, bytes, budget, reserved: reservedBytes(this.state, model.device) };
  }

  /** Unloads a model whose time has come: asked to leave, idle for long, or the zoo is closing. */
  #retire({ name }: ScheduledModel): void {
    const model = this.state.models[name];
    if (model === undefined || model.phase !== "ready" || model.leases > 0) return;
    const idle = isIdle(model) && this.state.now >= model.lastUsed + model.idleTimeout ? "idle" : undefined;
    const reason = this.state.closed ? "closing" : (model.leaving ?? idle);
    if (reason === undefined) return;
    this.#change(name, () => ({ phase: "unloading" }));
    this.actions.push({ type: "unload", model: name, reason });
  }

  /** @param blocked devices on which an earlier request waits for room: a later one must not take it first. */
  #serve(request: WaitingRequest, blocked: Set<string>): void {
    const model = this.state.models[request.model];
    if (model === undefined) return;
    if (model.phase === "ready" && model.leaving === undefined) {
      this.#drop([request.id]);
      this.#change(model.name, () => ({ leases: model.leases + 1, lastUsed: this.state.now }));
      this.actions.push({ type: "grant", id: request.id, model: model.name });
      return;
    }
    if (model.phase !== "cold" || blocked.has(model.device)) return;
    const free = (this.state.budgets[model.device] ?? 0) - reservedBytes(this.state, model.device);
    if (model.bytes <= free) {
      this.#change(model.name, () => ({ phase: "loading", lastUsed: this.state.now }));
      this.actions.push({ type: "load", model: model.name });
      return;
    }
    blocked.add(model.device);
    this.#makeRoom(model, request, model.bytes - free - leavingBytes(this.state, model.device));
  }

  /** Marks victims: idle ones leave now, and where those do not suffice leased ones leave when their leases are back. */
  #makeRoom(model: ScheduledModel, request: WaitingRequest, bytes: number): void {
    if (bytes <= 0) return;
    const candidates = modelsOn(this.state, model.device).filter(
      (other) =>
        other.phase === "ready" &&
        other.leaving === undefined &&
        !other.pinned &&
        priorityRank[other.priority] >= priorityRank[request.priority],
    );
    const idle = candidates.filter((other) => other.leases === 0);
    const victims = chooseVictims(this.#policy, idle, bytes) ?? chooseVictims(this.#policy, candidates, bytes) ?? [];
    for (const victim of victims) this.#change(victim.name, () => ({ leaving: `evicted for ${model.name}` }));
  }

  #refuseAll(which: (request: WaitingRequest) => boolean, refusal: Refusal): void {
    const refused = this.state.waiting.filter(which);
    this.#drop(refused.map((request) => request.id));
    for (const { id } of refused) this.actions.push({ type: "refuse", id, refusal });
  }

  #drop(ids: readonly number[]): void {
    this.state = { ...this.state, waiting: this.state.waiting.filter((request) => !ids.includes(request.id)) };
  }

  #change(name: string, change: (model: ScheduledModel) => Partial<ScheduledModel>): void {
    const model = this.state.models[name];
    if (model !== undefined) this.#put({ ...model, ...change(model) });
  }

  #put(model: ScheduledModel): void {
    this.state = { ...this.state, models: { ...this.state.models, [model.name]: model } };
  }
}

function inOrder(waiting: readonly WaitingRequest[]): WaitingRequest[] {
  return [...waiting].sort((a, b) => priorityRank[a.priority] - priorityRank[b.priority] || a.id - b.id);
}

function isIdle(model: ScheduledModel): boolean {
  return model.phase === "ready" && model.leases === 0 && !model.pinned;
}
