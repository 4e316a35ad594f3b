import { type LoadAllOptions, type LoadOutcome, ModelError, toModelError } from "@menagerie/core";
import type { LocalZoo } from "@menagerie/core/host";
import type { FastifyInstance, FastifyReply } from "fastify";
import { askingOptions } from "./asking-options.ts";
import type { ErrorBody } from "./error-response.ts";

/**
 * `POST /v1/load`: loads several models and keeps them. Answers with what came of each; with events, where the client accepts
 * them: `progress` as each load begins and ends, then `outcomes`. Whoever leaves withdraws the rest.
 */
export function manyRoutes(server: FastifyInstance, zoo: LocalZoo): void {
  server.post<{ Body: unknown }>("/v1/load", { sse: { kind: "dual" } }, async (request, reply) => {
    const { signal, deadlineMs, priority } = askingOptions(request, reply);
    const options = { ...loadWish(request.body), signal, deadlineMs, priority };
    if ((reply as Partial<FastifyReply>).sse === undefined)
      return { object: "list", data: (await zoo.loadAll(options)).map(outcomeBody) };
    reply.sse.sendHeaders();
    await tellLoading(zoo, options, (event, data) => {
      if (reply.sse.isConnected) void reply.sse.send({ event, data }).catch(() => {});
    });
    reply.sse.close();
    return reply;
  });
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
  const { models, max_workers, ...more } = (typeof body === "object" ? body : { body }) as Record<string, unknown>;
  if (Object.keys(more).length > 0)
    throw new ModelError(
      "input_invalid",
      'Loading several models takes a body of JSON like { "models": ["clip-vit-l"], "max_workers": 3 }; both may be left out.',
    );
  return { models: models as readonly string[] | undefined, maxWorkers: max_workers as number | undefined };
}
