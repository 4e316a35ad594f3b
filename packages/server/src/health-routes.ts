import type { Zoo } from "@menagerie/core/host";
import type { FastifyInstance } from "fastify";

/**
 * Life: the process answers. Readiness: every required and every kept model can answer now. Both answer from memory, so
 * that they are fast whatever the runners do.
 */
export function healthRoutes(server: FastifyInstance, zoo: Zoo, version: string): void {
  server.get("/v2", () => ({ name: "menagerie", version, extensions: [] }));
  for (const path of ["/v2/health/live", "/livez"]) server.get(path, () => ({ live: true }));
  for (const path of ["/v2/health/ready", "/readyz", "/healthz"]) {
    server.get(path, (_request, reply) => {
      const { health, models } = zoo.status();
      const waitingFor = models
        .filter((model) => model.keep_warm && model.state !== "ready")
        .map((model) => model.model);
      const ready = health !== "unhealthy" && waitingFor.length === 0;
      return reply
        .status(ready ? 200 : 503)
        .send({ ready, health, ...(waitingFor.length > 0 ? { waiting_for: waitingFor } : {}) });
    });
  }
}
