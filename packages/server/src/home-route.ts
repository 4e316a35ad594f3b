import type { Zoo } from "@menagerie/core/host";
import type { FastifyInstance } from "fastify";

/** `GET /`: what can be tried, in words. */
export function homeRoute(server: FastifyInstance, zoo: Zoo): void {
  server.get("/", (request, reply) => {
    const address = `${request.protocol}://${request.host}`;
    const { models, health } = zoo.status();
    const lines = [
      `The zoo "${zoo.name}" is ${health}.`,
      "",
      ...models.map((model) => `  ${model.model.padEnd(24)} ${model.state.padEnd(9)} ${model.tasks.join(", ")}`),
      "",
      ...models
        .filter((model) => model.tasks.some((task) => task.endsWith("-image")))
        .slice(0, 3)
        .map(
          (model) =>
            `curl -F model=${model.model} -F ${model.tasks.includes("match-image") ? "images" : "image"}=@picture.jpg ${address}/v1/tasks/${model.tasks.includes("match-image") ? "match-image" : (model.tasks[0] ?? "")}`,
        ),
      "",
      `GET ${address}/v1/models        every model and how it stands`,
      `GET ${address}/openapi.json     every task and what it takes`,
      `GET ${address}/metrics          figures for Prometheus`,
      "",
    ];
    return reply.type("text/plain; charset=utf-8").send(lines.join("\n"));
  });
}
