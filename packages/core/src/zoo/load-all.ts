import { isModelError, ModelError, toModelError } from "../contract/model-error.ts";
import { joinedSignal } from "../time/joined-signal.ts";
import type { LimitOptions } from "./request-limits.ts";
import type { Priority } from "./zoo-status.ts";

/** The signal and the deadline are those of all loads together. */
export interface LoadAllOptions extends LimitOptions {
  /** Names or roles; default: every model of the zoo. */
  readonly models?: readonly string[] | undefined;
  /** Loads asked for at the same time; default: as many as the zoo carries out at a time. */
  readonly maxWorkers?: number | undefined;
  readonly priority?: Priority | undefined;
  /** Told as each load begins and ends. What it throws, or its promise fails with, ends the loading with that error. */
  readonly onProgress?: ((progress: LoadProgress) => unknown) | undefined;
}

/** What came of one of several loads. `ms` is from its turn on. */
export type LoadOutcome =
  | { readonly model: string; readonly ok: true; readonly ms: number; readonly error?: undefined }
  | { readonly model: string; readonly ok: false; readonly ms: number; readonly error: ModelError };

export interface LoadProgress {
  readonly model: string;
  /** Undefined as its load begins. */
  readonly outcome: LoadOutcome | undefined;
  /** Loads that have ended. */
  readonly done: number;
  /** All that are to be loaded, in their order. */
  readonly models: readonly string[];
}

export const loadAllOptions: readonly string[] = [
  ...(["models", "maxWorkers", "onProgress", "signal", "deadlineMs", "priority"] as const),
];

/** @throws `input_invalid` for a list of models or a number of workers that is none */
export function checkedLoadAll({ models, maxWorkers, onProgress }: LoadAllOptions): void {
  if (models !== undefined && !(Array.isArray(models) && models.every((name) => typeof name === "string")))
    throw new ModelError("input_invalid", "The models to load are a list of names or roles.");
  if (maxWorkers !== undefined && !(Number.isInteger(maxWorkers) && maxWorkers >= 1))
    throw new ModelError("input_invalid", `maxWorkers is a whole number from 1 on; it is ${String(maxWorkers)}.`, {
      details: { max_workers: String(maxWorkers) },
    });
  if (onProgress !== undefined && typeof onProgress !== "function")
    throw new ModelError("input_invalid", `onProgress is a function; it is ${typeof onProgress}.`);
}

/**
 * Loads models in their order, so many at a time. Each has its outcome, whatever becomes of the others; those that had not
 * loaded when the signal fired have `cancelled`.
 * @param load one model; what it throws is its outcome
 * @throws what `onProgress` throws, once every load that it had withdrawn is let go
 */
export async function loadInOrder(
  models: readonly string[],
  load: (model: string, signal: AbortSignal) => Promise<unknown>,
  options: { readonly workers: number; readonly signal: AbortSignal; readonly now: () => number } & Pick<
    LoadAllOptions,
    "onProgress"
  >,
): Promise<readonly LoadOutcome[]> {
  const { now, onProgress, signal, workers } = options;
  const failed = new AbortController();
  using joined = joinedSignal(signal, failed.signal);
  const either = joined.signal;
  const outcomes: LoadOutcome[] = new Array(models.length);
  const total = models.length;
  let done = 0;
  let next = 0;
  const tell = (model: string, outcome: LoadOutcome | undefined): void => {
    if (failed.signal.aborted) return;
    const fail = (error: unknown): void => failed.abort(error);
    try {
      const told: unknown = onProgress?.({ model, outcome, done, models });
      if (told instanceof Promise) told.catch(fail);
    } catch (error) {
      fail(error);
    }
  };
  const work = async (): Promise<void> => {
    for (let place = next++; place < total; place = next++) {
      const model = models[place] as string;
      const started = now();
      if (!either.aborted) tell(model, undefined);
      const error = await errorOf(model, load, either);
      const ms = now() - started;
      const outcome: LoadOutcome = error === undefined ? { model, ok: true, ms } : { model, ok: false, ms, error };
      outcomes[place] = outcome;
      done += 1;
      tell(model, outcome);
    }
  };
  await Promise.all(Array.from({ length: Math.min(workers, total) }, work));
  if (failed.signal.aborted) throw failed.signal.reason;
  return outcomes;
}

async function errorOf(
  model: string,
  load: (model: string, signal: AbortSignal) => Promise<unknown>,
  signal: AbortSignal,
): Promise<ModelError | undefined> {
  try {
    if (signal.aborted) throw withdrawn(model, signal.reason);
    await load(model, signal);
    return undefined;
  } catch (thrown) {
    return toModelError(thrown, "model_load_failed", model);
  }
}

/** For a model whose turn had not come. */
export function withdrawn(model: string, cause: unknown): ModelError {
  const code = isModelError(cause) ? cause.code : "cancelled";
  return new ModelError(code, `${model} had not begun to load when the loading of several models ended.`, {
    model,
    cause,
  });
}
