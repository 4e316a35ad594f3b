import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import multipart from "@fastify/multipart";
import { fastifySSE } from "@fastify/sse";
import { ModelError } from "@menagerie/core";
import type { LocalZoo } from "@menagerie/core/host";
import fastify, { type FastifyInstance, type FastifyRequest } from "fastify";
import { hasToken, requireToken, usableToken } from "./bearer-token.ts";
import { maxParts, sendError } from "./error-response.ts";
import { healthRoutes, openRoutes } from "./health-routes.ts";
import { homeRoute } from "./home-route.ts";
import { openApi } from "./openapi.ts";
import { dialectsOf } from "./server-dialect.ts";
import { endSilentConnections } from "./silent-connections.ts";
import { ZooMetrics } from "./zoo-metrics.ts";

export interface ServerOptions {
  /** Bearer token that every request but the health checks must carry; default: none. */
  readonly token?: string;
  /** Largest body in bytes; default: 16 MiB. */
  readonly maxBodyBytes?: number;
  /** Asked by the readiness check: true once no new clients are to be sent here. Requests are still answered. */
  readonly isStopping?: () => boolean;
}

/**
 * The HTTP server of a zoo. `listen` binds it; `close` stops taking requests and lets those under way end.
 * It speaks the dialects that the zoo has under `DialectsToken`.
 * @throws `unauthorised` for a token that is empty or that no header can carry, `zoo_spec_invalid` for dialects that are none
 */
export async function createServer(zoo: LocalZoo, options: ServerOptions = {}): Promise<FastifyInstance> {
  const token = options.token === undefined ? undefined : usableToken(options.token, "The server's token");
  const dialects = dialectsOf(zoo);
  const isStopping = options.isStopping ?? (() => false);
  const bodyLimit = options.maxBodyBytes ?? 16 * 2 ** 20;
  const { version } = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  const server = fastify({
    bodyLimit,
    // A name that a client chose is kept only where it cannot break a log line.
    genReqId: ({ headers }) =>
      /^[\w.:-]{1,128}$/.test(String(headers["x-request-id"] ?? "")) ? String(headers["x-request-id"]) : randomUUID(),
    forceCloseConnections: "idle",
  });
  const metrics = new ZooMetrics(zoo);
  // A name may be a place deep within a field.
  const limits = { fieldNameSize: 1000, fileSize: bodyLimit, fieldSize: bodyLimit, parts: maxParts };
  await server.register(multipart, { limits });
  await server.register(fastifySSE, { heartbeatInterval: 15_000 });
  server.addHook("onRequest", async (request, reply) => {
    void reply.header("x-request-id", request.id);
    // By the route that was found, never by how the address begins: what it hides or spells in other ways is decided already.
    if (token !== undefined && !openRoutes.has(request.routeOptions.url))
      requireToken(request.headers.authorization, token);
  });
  let isClosing = false;
  const endSilent = endSilentConnections(server.server);
  server.addHook("preClose", async () => {
    isClosing = true;
    endSilent();
  });
  // A connection that is kept would hold up the end until it times out, and would bring its next request here.
  server.addHook("onSend", async (_request, reply) => {
    if (isClosing || isStopping()) void reply.header("connection", "close");
  });
  server.addHook("onClose", async () => metrics.close());
  server.setErrorHandler(sendError);
  server.setNotFoundHandler((request, reply) =>
    sendError(
      new ModelError(
        "path_unknown",
        `There is no ${request.method} ${request.url.split("?")[0]}. GET / lists what there is.`,
      ),
      request,
      reply,
    ),
  );
  const mayKnow = ({ headers }: FastifyRequest): boolean =>
    token === undefined || hasToken(headers.authorization, token);
  healthRoutes(server, zoo, { version, isStopping, mayKnow });
  try {
    for (const dialect of dialects) await server.register(async (scope) => dialect.register(scope, { zoo, metrics }));
    homeRoute(server, zoo);
    server.get("/openapi.json", () =>
      openApi(
        version,
        zoo.tasks,
        zoo.models.map((spec) => spec.model_name),
      ),
    );
    server.get("/metrics", async (_request, reply) =>
      reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
    );
  } catch (error) {
    // Nobody gets it, so nobody else closes it: what it listens to would go on being told.
    await server.close().catch(() => {});
    throw error;
  }
  return server;
}
