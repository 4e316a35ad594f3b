import { type Device, hasOwnMemory } from "../contract/device.ts";
import { ModelError } from "../contract/model-error.ts";
import type { ModelStatus, Priority } from "../zoo/zoo-status.ts";
import { roomRemedy } from "./room-remedy.ts";

const classes: readonly Priority[] = ["critical", "high", "medium", "low"];

/** The order in which memory goes to models that are kept: required ones, then by class, then as the zoo spec lists them. */
export function warmOrder(models: readonly ModelStatus[], listed: Iterable<string>): readonly ModelStatus[] {
  const places = new Map([...listed].map((name, place) => [name, place]));
  const rank = ({ model, required, priority }: ModelStatus): readonly number[] => [
    required ? 0 : 1,
    classes.indexOf(priority),
    places.get(model) ?? places.size,
  ];
  return [...models].sort((a, b) => {
    const [left, right] = [rank(a), rank(b)];
    const i = left.findIndex((value, at) => value !== right[at]);
    return i < 0 ? 0 : (left[i] ?? 0) - (right[i] ?? 0);
  });
}

/**
 * The required and the kept models that cannot be served as things stand: no device, or no room beside those that go
 * before them. What is ready is served, whatever the arithmetic says.
 */
export function unservedModels(parts: {
  readonly models: readonly ModelStatus[];
  readonly order: readonly ModelStatus[];
  readonly budgets: Readonly<Partial<Record<Device, number>>>;
  /** Why the machine has no device for the model. */
  obstacleOf(name: string): ModelError | undefined;
}): ModelError[] {
  const errors: ModelError[] = [];
  const kept = new Map<Device, number>();
  const groups = new Set<string>();
  const keep = ({ group }: ModelStatus, device: Device, bytes: number): void => {
    kept.set(device, (kept.get(device) ?? 0) + bytes);
    if (group !== undefined) groups.add(group);
  };
  // What shares a runner has room together, or not at all, and is counted once.
  const bytesWith = (model: ModelStatus): number =>
    model.group === undefined
      ? bytesOf(model)
      : parts.models.reduce((sum, other) => sum + (other.group === model.group ? bytesOf(other) : 0), 0);
  const isCounted = ({ group }: ModelStatus): boolean => group !== undefined && groups.has(group);
  for (const model of parts.order)
    if (model.keep_warm && model.state === "ready" && model.device !== undefined && !isCounted(model))
      keep(model, model.device, bytesWith(model));
  const waiting = parts.order.filter((model) => model.state !== "ready");
  for (const model of [...waiting.filter((other) => other.keep_warm), ...waiting.filter((other) => !other.keep_warm)]) {
    if (!model.keep_warm && !model.required) continue;
    const { device } = model;
    if (device === undefined) {
      const obstacle = parts.obstacleOf(model.model);
      if (obstacle !== undefined) errors.push(obstacle);
      continue;
    }
    if (isCounted(model)) continue;
    const [budget, before, bytes] = [parts.budgets[device] ?? 0, kept.get(device) ?? 0, bytesWith(model)];
    if (before + bytes > budget) errors.push(withoutRoom(model, device, { bytes, before, budget }));
    else if (model.keep_warm) keep(model, device, bytes);
  }
  return errors;
}

/** The declared figure covers the largest run as well; what is measured may only raise it. */
function bytesOf({ declared_bytes, calibrated_bytes, measured_bytes }: ModelStatus): number {
  return Math.max(calibrated_bytes ?? declared_bytes, measured_bytes ?? 0);
}

function withoutRoom(
  { model, group, keep_warm, required }: ModelStatus,
  device: Device,
  { bytes, before, budget }: { bytes: number; before: number; budget: number },
): ModelError {
  const what = [...(required ? ["is required"] : []), ...(keep_warm ? ["is to be kept"] : [])].join(" and ");
  const needs = group === undefined ? "needs" : `and what shares its runner as group "${group}" need`;
  const rest = before === 0 ? "" : `, of which ${megabytes(before)} are kept for models that go before it`;
  return new ModelError(
    hasOwnMemory(device) ? "insufficient_gpu_memory" : "insufficient_memory",
    `${model} ${what}, but does not fit: it ${needs} ${megabytes(bytes)} on ${device}, whose budget is ${megabytes(budget)}${rest}. ` +
      roomRemedy(device, bytes, budget),
    { model, details: { device, needed_bytes: bytes, budget_bytes: budget, kept_bytes: before } },
  );
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}
