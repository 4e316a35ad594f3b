import { setTimeout as wait } from "node:timers/promises";
import {
  type LoadAllOptions,
  type LoadOutcome,
  ModelError,
  toModelError,
  type UnloadOutcome,
  type UnloadSelection,
} from "@menagerie/core";
import type { LocalZoo } from "@menagerie/core/host";
import type { FastifyInstance, FastifyReply } from "fastify";
import { askingOptions } from "./asking-options.ts";
import type { ErrorBody } from "./error-response.ts";

/**
 * `POST /v1/load`: loads several models and keeps them. Answers with what came of each; with events, where the client accepts
 * them: `progress` as each load begins and ends, then `outcomes`. Whoever leaves withdraws the rest. `POST /v1/unload`: unloads
 * those that the body selects.
 */
export function manyRoutes(server: FastifyInstance, zoo: LocalZoo): void {
  server.post<{ Body: unknown }>("/v1/load", { sse: { kind: "dual" } }, async (request, reply) => {
    const { signal, deadlineMs, priority } = askingOptions(request, reply);
    if (request.isMultipart()) throw noWish();
    const options = { ...loadWish(request.body), signal, deadlineMs, priority };
    if ((reply as Partial<FastifyReply>).sse === undefined)
      return { object: "list", data: (await zoo.loadAll(options)).map(outcomeBody) };
    reply.sse.sendHeaders();
    await tellInOrder(reply, (send) => tellLoading(zoo, options, send));
    reply.sse.close();
    return reply;
  });
  server.post<{ Body: unknown }>("/v1/unload", async (request, reply) => {
    const { signal, deadlineMs } = askingOptions(request, reply);
    return {
      object: "list",
      data: (await zoo.unloadAll({ ...selectionIn(request.body), signal, deadlineMs })).map(unloadBody),
    };
  });
}

/** Milliseconds that a client gets to take what is left when all is told. */
const takenWithinMs = 30_000;

/** Sends events one after the other: while the client has no room, those to come are held as what they tell, and not as text. */
async function tellInOrder(
  { sse }: FastifyReply,
  tell: (send: (event: string, data: unknown) => void) => Promise<void>,
): Promise<void> {
  const left = Promise.withResolvers<void>();
  sse.onClose(left.resolve);
  let last = Promise.resolve();
  await tell((event, data) => {
    last = last.then(() => (sse.isConnected ? sse.send({ event, data }) : undefined)).catch(() => {});
  });
  const over = new AbortController();
  const late = wait(takenWithinMs, undefined, { ref: false, signal: over.signal }).catch(() => {});
  await Promise.race([last, left.promise, late]);
  over.abort();
}

function unloadBody({ model, ok, ms, freed_bytes, error }: UnloadOutcome): object {
  return { model, ok, ms: Math.round(ms), freed_bytes, ...(error === undefined ? {} : { error: error.toJSON() }) };
}

/** What a body selects; `all` has to be said. @throws `input_invalid` */
function selectionIn(body: unknown): UnloadSelection {
  const { all, idle_s, models, plugin, over, count, ...more } = (
    typeof body === "object" && body !== null ? body : {}
  ) as Record<string, unknown>;
  const selection = { models, plugin, over, count, idleMs: inMilliseconds(idle_s) };
  const isSelected = Object.values(selection).some((said) => said !== undefined);
  if (Object.keys(more).length === 0 && (all === true) !== isSelected) return selection as UnloadSelection;
  throw new ModelError(
    "input_invalid",
    'Unloading takes a body of JSON: { "all": true }, or which models, by "models", "plugin", "idle_s", "over" and "count".',
  );
}

/** Seconds, or those of `vram` and `ram`. What is neither is left as it is, to be refused. */
function inMilliseconds(seconds: unknown): unknown {
  if (typeof seconds === "number") return seconds * 1000;
  if (typeof seconds !== "object" || seconds === null) return seconds;
  return Object.fromEntries(
    Object.entries(seconds).map(([kind, value]) => [kind, typeof value === "number" ? value * 1000 : value]),
  );
}

async function tellLoading(
  zoo: LocalZoo,
  options: LoadAllOptions,
  send: (event: string, data: unknown) => void,
): Promise<void> {
  try {
    const outcomes = await zoo.loadAll({
      ...options,
      onProgress: ({ outcome, ...rest }) =>
        send("progress", { ...rest, ...(outcome === undefined ? {} : { outcome: outcomeBody(outcome) }) }),
    });
    send("outcomes", { data: outcomes.map(outcomeBody) });
  } catch (error) {
    send("error", { error: toModelError(error).toJSON() } satisfies ErrorBody);
  }
}

function outcomeBody({ model, ok, ms, error }: LoadOutcome): object {
  return { model, ok, ms: Math.round(ms), ...(error === undefined ? {} : { error: error.toJSON() }) };
}

/** @throws `input_invalid` for a body that says anything else */
function loadWish(body: unknown): Pick<LoadAllOptions, "models" | "maxWorkers"> {
  if (body === undefined || body === null) return {};
  if (typeof body !== "object" || Array.isArray(body)) throw noWish();
  const { models, max_workers, ...more } = body as Record<string, unknown>;
  if (Object.keys(more).length > 0) throw noWish();
  return { models: models as readonly string[] | undefined, maxWorkers: max_workers as number | undefined };
}

function noWish(): ModelError {
  return new ModelError(
    "input_invalid",
    'Loading several models takes a body of JSON like { "models": ["clip-vit-l"], "max_workers": 3 }; both may be left out.',
  );
}
