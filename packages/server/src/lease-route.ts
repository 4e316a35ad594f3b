import { type Lease, toModelError } from "@menagerie/core";
import type { LocalZoo } from "@menagerie/core/host";
import type { FastifyInstance, FastifyReply } from "fastify";
import { askingOptions } from "./asking-options.ts";
import type { ErrorBody } from "./error-response.ts";
import { loadedBody } from "./loaded-body.ts";

/**
 * `POST /v1/models/:model/lease`: a share in a loaded model, for as long as the response stays open: events, of which the first,
 * `lease`, says what is loaded. Whoever closes the connection, or loses it, gives the share back; a server that closes takes it.
 */
export function leaseRoute(server: FastifyInstance, zoo: LocalZoo): void {
  const open = new Set<() => void>();
  server.addHook("preClose", async () => {
    for (const end of open) end();
  });
  const options = { sse: "only" } as const;
  server.post<{ Params: { model: string } }>("/v1/models/:model/lease", options, async (request, reply) => {
    const asking = askingOptions(request, reply);
    zoo.find(request.params.model);
    reply.sse.sendHeaders();
    let lease: Lease;
    try {
      lease = await zoo.get(request.params.model, asking);
    } catch (error) {
      await sendLast(reply, "error", { error: toModelError(error).toJSON() } satisfies ErrorBody);
      return;
    }
    await using _ = lease;
    const left = Promise.withResolvers<void>();
    open.add(left.resolve);
    reply.sse.onClose(left.resolve);
    try {
      await reply.sse.send({ event: "lease", data: loadedBody(lease.model) }).catch(left.resolve);
      if (reply.sse.isConnected) await left.promise;
    } finally {
      open.delete(left.resolve);
      reply.sse.close();
    }
  });
}

/** What a client that left cannot be sent any more is nobody's loss. */
async function sendLast(reply: FastifyReply, event: string, data: unknown): Promise<void> {
  if (reply.sse.isConnected) await reply.sse.send({ event, data }).catch(() => {});
}
