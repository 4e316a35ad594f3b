import { ModelError } from "@menagerie/core";
import type { LocalZoo } from "@menagerie/core/host";
import { journalText } from "@menagerie/core/scheduler";
import type { FastifyInstance } from "fastify";
import { askingOptions } from "./asking-options.ts";
import { leaseRoute } from "./lease-route.ts";
import { loadedBody } from "./loaded-body.ts";

/**
 * What there is, and how it stands: `GET /v1/models` (`?specs=true` for the specs too), what was decided: `GET /v1/journal`,
 * and load, unload and lease by name.
 */
export function modelRoutes(server: FastifyInstance, zoo: LocalZoo): void {
  leaseRoute(server, zoo);
  server.get<{ Querystring: { specs?: string } }>("/v1/models", ({ query }) => {
    const { models, ...rest } = zoo.status();
    const data = models.map((model) => ({ id: model.model, object: "model", ...model }));
    if (query.specs !== "true") return { object: "list", data, ...rest };
    return { object: "list", data: data.map((model) => ({ ...model, spec: zoo.find(model.model) })), ...rest };
  });
  server.get("/v1/health", () => zoo.health());
  server.get("/v1/journal", (_request, reply) => {
    const { journal } = zoo;
    return reply.type("application/x-ndjson").send(journal === undefined ? "" : journalText(journal));
  });
  server.get<{ Params: { model: string } }>("/v1/models/:model", ({ params }) => {
    const spec = zoo.find(params.model);
    const status = zoo.status().models.find((model) => model.model === spec.model_name);
    return { id: spec.model_name, object: "model", ...status, spec };
  });
  server.post<{ Params: { model: string } }>("/v1/models/:model/load", async (request, reply) => {
    return loadedBody(await zoo.load(request.params.model, askingOptions(request, reply)));
  });
  server.post<{ Params: { model: string } }>("/v1/models/:model/unload", async (request, reply) => {
    await zoo.unload(request.params.model, askingOptions(request, reply));
    return { model: zoo.find(request.params.model).model_name, state: "cold" };
  });
  server.put<{ Params: { name: string }; Body: unknown }>("/v1/bindings/:name", async (request, reply) => {
    const { name } = request.params;
    await zoo.bind(name, boundModel(request.body), askingOptions(request, reply));
    return { name, model: zoo.find(name).model_name };
  });
}

/** @throws `input_invalid` for a body that names no model, or says more */
function boundModel(body: unknown): string {
  const { model, ...more } = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  if (typeof model === "string" && Object.keys(more).length === 0) return model;
  throw new ModelError(
    "input_invalid",
    'A role or alias is moved by a body of JSON that names a model: { "model": "clip-vit-l" }.',
  );
}
