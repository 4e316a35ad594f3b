import type { Device } from "../../contract/device.ts";
import { freeBytes, isUp, leavingBytes, missingBytes, modelsOn, neededBytes, reservedBytes } from "./ledger.ts";
import { nextWake, schedule } from "./scheduler.ts";
import {
  priorityRank,
  type ScheduledModel,
  type SchedulerEvent,
  type SchedulerState,
  type Step,
} from "./scheduler-state.ts";

/** What every step keeps, for tests. @returns a sentence for each rule that this one breaks */
export function brokenRules(before: SchedulerState, event: SchedulerEvent, step: Step): string[] {
  return [
    ...devicesOf(step.state).flatMap((device) => memoryRules(step.state, device)),
    ...modelRules(step.state),
    ...waitingRules(step.state),
    ...actionRules(before, event, step),
    ...crashRules(before, event, step.state),
    ...restRules(step),
  ];
}

/** Somebody who waits for a model without a runner, the most urgent first. */
interface Waiter {
  readonly model: ScheduledModel;
  readonly rank: number;
  readonly order: number;
}

/** Those who wait on a device for a cold model that may be loaded now; for each model the most urgent. */
export function waiters(state: SchedulerState, device: Device): Waiter[] {
  const cold = (name: string): ScheduledModel[] => {
    const model = state.models[name];
    return model?.phase === "cold" && model.device === device && (model.retryAt ?? 0) <= state.now ? [model] : [];
  };
  const all = [
    ...Object.values(state.models)
      .filter((model) => model.wantedSince !== undefined)
      .flatMap(({ name }) => cold(name))
      .map((model) => ({ model, rank: priorityRank[model.priority], order: -1 })),
    ...state.waiting.flatMap(({ model, priority, id }) =>
      cold(model).map((found) => ({ model: found, rank: priorityRank[priority], order: id })),
    ),
  ].sort((a, b) => a.rank - b.rank || a.order - b.order);
  return all.filter((waiter, i) => all.findIndex((other) => other.model === waiter.model) === i);
}

/** True if evictions that are allowed to a waiter, some of them later, can give it room. */
export function canBeHelped(state: SchedulerState, { model, rank }: Waiter): boolean {
  const coming = modelsOn(state, model.device).filter(
    (other) =>
      other.phase === "unloading" ||
      (isUp(other) &&
        (other.leaving !== undefined ||
          (!other.pinned && (priorityRank[other.priority] >= rank || isAbandoned(state, other))))),
  );
  const bytes = coming.reduce((sum, other) => sum + other.bytes, 0) - missingBytes(state, model.device);
  return model.bytes <= freeBytes(state, model.device) + bytes;
}

function memoryRules(state: SchedulerState, device: Device): string[] {
  const broken: string[] = [];
  const models = modelsOn(state, device);
  if (reservedBytes(state, device) > (state.budgets[device] ?? 0))
    broken.push(`more is reserved on ${device} than there is`);
  const excess = missingBytes(state, device) - leavingBytes(state, device);
  const idler = models.find((model) => model.phase === "ready" && !model.pinned && model.leaving === undefined);
  if (excess > 0 && idler !== undefined) broken.push(`${idler.name} stays though ${device} is over its budget`);
  const [first, second] = waiters(state, device).filter((waiter) => canBeHelped(state, waiter));
  if (first === undefined) return broken;
  const free = freeBytes(state, device);
  const room = free + leavingBytes(state, device) - missingBytes(state, device);
  if (room < first.model.bytes) broken.push(`no room is made for ${first.model.name}`);
  if (first.model.bytes <= Math.min(free, room)) broken.push(`${first.model.name} waits though there is room`);
  if (second !== undefined && second.model.bytes <= Math.min(free, room - first.model.bytes))
    broken.push(`${second.model.name} waits though there is room beside ${first.model.name}`);
  return broken;
}

function modelRules(state: SchedulerState): string[] {
  const broken: string[] = [];
  for (const model of Object.values(state.models)) {
    const { leaving, name, phase, pinned } = model;
    if (phase === "cold" && model.bytes !== neededBytes(state, model)) broken.push(`${name} would reserve too little`);
    if ((phase === "cold" || phase === "loading") && model.loadedAt !== undefined)
      broken.push(`${name} is not loaded and has a time of its load`);
    if (model.wantedSince !== undefined && (state.closed || (model.leases === 0 && !pinned)))
      broken.push(`${name} is wanted by nobody`);
    if (!isUp(model) || leaving === undefined) continue;
    if (pinned && leaving !== "closing") broken.push(`${name} is pinned and is to leave: ${leaving}`);
    if (leaving === "over budget" && neededOn(state, model.device) <= (state.budgets[model.device] ?? 0))
      broken.push(`${name} is to leave a device that is within its budget`);
    const beneficiary = leaving.match(/^evicted for (.*)/)?.[1];
    if (beneficiary !== undefined && !waiters(state, model.device).some((waiter) => waiter.model.name === beneficiary))
      broken.push(`${name} is to leave for ${beneficiary}, for which nobody waits`);
  }
  return broken;
}

function waitingRules(state: SchedulerState): string[] {
  return state.waiting.flatMap((request) => {
    const model = state.models[request.model];
    const broken: string[] = [];
    if (model === undefined || state.closed) broken.push("a request waits in vain");
    if (request.until <= state.now) broken.push(`a request waits for ${request.model} beyond its limit`);
    if (model?.phase === "ready" && model.leaving === undefined)
      broken.push(`a request waits for ${model.name}, which is ready`);
    if (model?.phase === "cold" && (model.retryAt ?? 0) > state.now)
      broken.push(`a request waits for ${model.name}, which backs off`);
    return broken;
  });
}

function actionRules(before: SchedulerState, event: SchedulerEvent, { state, actions }: Step): string[] {
  const broken: string[] = [];
  for (const action of actions) {
    const model = "model" in action ? state.models[action.model] : undefined;
    const was = "model" in action ? before.models[action.model] : undefined;
    if (action.type === "load") {
      if (state.closed) broken.push(`${action.model} is loaded after the zoo was closed`);
      if ((model?.retryAt ?? 0) > state.now) broken.push(`${action.model} is loaded before its pause is over`);
      if (was?.leases === 0 && !was.pinned && !state.waiting.some((request) => request.model === action.model))
        broken.push(`${action.model} is loaded for nobody`);
    }
    if (action.type === "grant" && was?.leaving === "asked" && was.phase !== "loading")
      broken.push(`${action.model} gives leases though it was asked to leave`);
    if (action.type === "grant" && model?.phase !== "ready")
      broken.push(`${action.model} gives a lease before it is ready`);
    if (action.type === "refuse" && action.refusal.kind === "never-fits" && event.type === "requested")
      if (actions.some((other) => other.type === "unload")) broken.push("something is unloaded for what can never fit");
    if (action.type === "unload" && model !== undefined)
      broken.push(...unloadRules(before, event, state, model, action.reason));
  }
  return broken;
}

function unloadRules(
  before: SchedulerState,
  event: SchedulerEvent,
  state: SchedulerState,
  model: ScheduledModel,
  reason: string,
): string[] {
  const broken: string[] = [];
  const wasLoading = before.models[model.name]?.phase === "loading" && event.type !== "loaded";
  if (model.leases > 0 && !(wasLoading && reason === "closing")) broken.push(`${model.name} is unloaded while leased`);
  const waitsForIt = state.waiting.filter((request) => request.model === model.name);
  if (wasLoading && waitsForIt.length > 0) broken.push(`the load of ${model.name} is called off under a request`);
  const beneficiary = reason.match(/^evicted for (.*)/)?.[1];
  if (beneficiary === undefined) return broken;
  if (model.pinned) broken.push(`${model.name} is unloaded though pinned`);
  const best = waiters(state, model.device).find((waiter) => waiter.model.name === beneficiary);
  if (best === undefined) return [...broken, `${model.name} is unloaded for ${beneficiary}, for which nobody waits`];
  if (!wasLoading && priorityRank[model.priority] < best.rank)
    broken.push(`${model.name} is unloaded for a lower class`);
  if (waitsForIt.some((request) => priorityRank[request.priority] < best.rank))
    broken.push(`${model.name} is unloaded while a more urgent request waits for it`);
  return broken;
}

function crashRules(before: SchedulerState, event: SchedulerEvent, state: SchedulerState): string[] {
  if (event.type !== "crashed" || before.models[event.model]?.phase !== "ready") return [];
  const model = state.models[event.model];
  if (model === undefined || model.leases === 0 || state.closed) return [];
  const comes = model.phase === "loading" || (model.wantedSince !== undefined && (model.retryAt ?? 0) > state.now);
  return comes ? [] : [`${model.name} crashed under its leases and is not loaded again`];
}

/** A step leaves nothing to do, and nothing to be woken for at once. */
function restRules({ state }: Step): string[] {
  const broken: string[] = [];
  const again = schedule(state, { type: "time-passed" }, state.now);
  if (again.actions.length > 0) broken.push(`a step left undone: ${JSON.stringify(again.actions)}`);
  else if (JSON.stringify(again.state) !== JSON.stringify(state))
    broken.push("a step without an event changes the state");
  if (!(nextWake(state) > state.now)) broken.push("the scheduler wants to be woken at once");
  return broken;
}

function devicesOf(state: SchedulerState): Device[] {
  return [...new Set(Object.values(state.models).map((model) => model.device))];
}

function neededOn(state: SchedulerState, device: Device): number {
  return modelsOn(state, device)
    .filter((model) => model.phase !== "cold")
    .reduce((sum, model) => sum + Math.max(model.bytes, neededBytes(state, model)), 0);
}

function isAbandoned(state: SchedulerState, model: ScheduledModel): boolean {
  const isWaitedFor = state.waiting.some((request) => request.model === model.name);
  return model.phase === "loading" && model.leases === 0 && !model.pinned && !isWaitedFor;
}
