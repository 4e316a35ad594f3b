import type { Zoo } from "@menagerie/core/host";
import { journalText } from "@menagerie/core/scheduler";
import type { FastifyInstance } from "fastify";
import { askingOptions } from "./asking-options.ts";

/** What there is, and how it stands: `GET /v1/models`, what was decided: `GET /v1/journal`, and load and unload by name. */
export function modelRoutes(server: FastifyInstance, zoo: Zoo): void {
  server.get("/v1/models", () => {
    const { models, ...rest } = zoo.status();
    return { object: "list", data: models.map((model) => ({ id: model.model, object: "model", ...model })), ...rest };
  });
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
    const { modelsUsedEntry, modelSignature } = await zoo.load(request.params.model, askingOptions(request, reply));
    return { model: modelsUsedEntry.model_name, models_used: [modelsUsedEntry], model_signature: modelSignature };
  });
  server.post<{ Params: { model: string } }>("/v1/models/:model/unload", async (request, reply) => {
    await zoo.unload(request.params.model, askingOptions(request, reply));
    return { model: zoo.find(request.params.model).model_name, state: "cold" };
  });
}
