import {
  isModelError,
  type LoadAllOptions,
  type LoadOutcome,
  type LoadProgress,
  type ModelError,
  type RequestLimits,
  withdrawn,
} from "@menagerie/core";
import { isRecord, noZoo } from "./checked-body.ts";
import { brokenConnection } from "./connection-error.ts";
import type { ServerEvent } from "./server-events.ts";
import { errorIn, type ZooDoor } from "./zoo-door.ts";

/**
 * Has a served zoo load several models, and tells of it as it goes. Where the limits end the wait, the loads that are under
 * way are withdrawn, and what was heard of the others stands.
 */
export async function loadSeveral(
  door: ZooDoor,
  limits: RequestLimits,
  { models, maxWorkers, onProgress, priority }: LoadAllOptions,
): Promise<readonly LoadOutcome[]> {
  const failed = new AbortController();
  const signal = AbortSignal.any([limits.signal, failed.signal]);
  const body = JSON.stringify({ models, max_workers: maxWorkers });
  const heard = new Map<string, LoadOutcome>();
  let names: readonly string[] | undefined = models;
  try {
    for await (const event of door.events("/v1/load", { signal, msLeft: limits.msLeft, priority, body })) {
      const said = saidBy(event, door.address);
      if (said.outcomes !== undefined) return said.outcomes;
      if (said.progress === undefined) continue;
      const { progress } = said;
      names = progress.models;
      if (progress.outcome !== undefined) heard.set(progress.model, progress.outcome);
      const told: unknown = onProgress?.(progress);
      if (told instanceof Promise) told.catch((error: unknown) => failed.abort(error));
    }
    throw brokenConnection(door.address);
  } catch (error) {
    if (failed.signal.aborted) throw failed.signal.reason;
    if (!limits.signal.aborted || names === undefined) throw error;
    const reason: unknown = limits.signal.reason;
    return names.map((model) => heard.get(model) ?? { model, ok: false, ms: 0, error: withdrawn(model, reason) });
  }
}

interface Said {
  readonly progress?: LoadProgress;
  readonly outcomes?: readonly LoadOutcome[];
}

/** @throws the zoo's error, `internal` for what no zoo says */
function saidBy({ event, data }: ServerEvent, address: string): Said {
  const body = parsed(data);
  const error = event === "error" ? errorIn(body, address) : undefined;
  if (error !== undefined) throw error;
  if (event === "outcomes" && isRecord(body) && Array.isArray(body.data))
    return { outcomes: body.data.map((item) => outcomeIn(item, address)) };
  if (event !== "progress" || !isRecord(body)) return {};
  const { model, done, models, outcome } = body;
  if (typeof model !== "string" || typeof done !== "number" || !Array.isArray(models))
    throw noZoo(address, "with a load that has no name");
  const names = models.map(String);
  return {
    progress: { model, done, models: names, outcome: outcome === undefined ? undefined : outcomeIn(outcome, address) },
  };
}

function outcomeIn(item: unknown, address: string): LoadOutcome {
  const { model, ok, ms, ...rest } = isRecord(item) ? item : {};
  if (typeof model !== "string" || typeof ms !== "number") throw noZoo(address, "with a load that has no name");
  if (ok === true) return { model, ok, ms };
  const error: ModelError | undefined = errorIn(rest, address);
  if (!isModelError(error)) throw noZoo(address, "with a load that failed for no reason");
  return { model, ok: false, ms, error };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
