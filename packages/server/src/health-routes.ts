import type { LocalZoo } from "@menagerie/core/host";
import type { FastifyInstance, FastifyRequest } from "fastify";

const live = ["/v2/health/live", "/livez"];
const ready = ["/v2/health/ready", "/readyz", "/healthz"];

/** Routes that answer without a token, by the pattern that the router matched. Then they say nothing of what is served. */
export const openRoutes: ReadonlySet<string | undefined> = new Set([...live, ...ready]);

export interface HealthParts {
  /** Of this package. */
  readonly version: string;
  isStopping(): boolean;
  /** Whether whoever sent a request may be told what is served. */
  mayKnow(request: FastifyRequest): boolean;
}

/**
 * Life: the process answers. Readiness: every required and every kept model can answer now, and the server is not about to
 * stop. Both answer from memory, so that they are fast whatever the runners do.
 */
export function healthRoutes(server: FastifyInstance, zoo: LocalZoo, parts: HealthParts): void {
  const { isStopping, mayKnow, version } = parts;
  server.get("/v2", () => ({ name: "menagerie", version, extensions: [] }));
  for (const path of live) server.get(path, () => ({ live: true }));
  for (const path of ready) {
    server.get(path, (request, reply) => {
      const { health, models } = zoo.status();
      const waitingFor = models
        .filter((model) => model.keep_warm && (model.state !== "ready" || model.error !== undefined))
        .map((model) => model.model);
      const stopping = isStopping();
      const isReady = !stopping && health !== "unhealthy" && waitingFor.length === 0;
      return reply.status(isReady ? 200 : 503).send({
        ready: isReady,
        health,
        ...(stopping ? { stopping } : {}),
        ...(waitingFor.length > 0 && mayKnow(request) ? { waiting_for: waitingFor } : {}),
      });
    });
  }
}
