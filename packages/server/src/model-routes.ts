import type { LocalZoo } from "@menagerie/core/host";
import type { FastifyInstance } from "fastify";
import { askingOptions } from "./asking-options.ts";
import { leaseRoute } from "./lease-route.ts";
import { loadedBody } from "./loaded-body.ts";

/** What there is, and how it stands: `GET /v1/models` (`?specs=true` for the specs too), and load, unload and lease by name. */
export function modelRoutes(server: FastifyInstance, zoo: LocalZoo): void {
  leaseRoute(server, zoo);
  server.get<{ Querystring: { specs?: string } }>("/v1/models", ({ query }) => {
    const { models, ...rest } = zoo.status();
    const data = models.map((model) => ({ id: model.model, object: "model", ...model }));
    if (query.specs !== "true") return { object: "list", data, ...rest };
    return { object: "list", data: data.map((model) => ({ ...model, spec: zoo.find(model.model) })), ...rest };
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
}
