import { holdsBytes, type TaskRegistry } from "@menagerie/core";
import type { LocalZoo } from "@menagerie/core/host";
import type { FastifyInstance } from "fastify";

/** `GET /`: what can be tried, in words. */
export function homeRoute(server: FastifyInstance, zoo: LocalZoo): void {
  server.get("/", (request, reply) => {
    const address = `${request.protocol}://${request.host}`;
    const { models, health } = zoo.status();
    const lines = [
      `The zoo "${zoo.name}" is ${health}.`,
      "",
      ...models.map((model) => `  ${model.model.padEnd(24)} ${model.state.padEnd(9)} ${model.tasks.join(", ")}`),
      "",
      ...models.flatMap((model) => exampleRequest(model.model, model.tasks, zoo.tasks, address) ?? []).slice(0, 3),
      "",
      `GET ${address}/v1/models        every model and how it stands`,
      `GET ${address}/v1/tasks         every task, as data`,
      `GET ${address}/openapi.json     every task and what it takes`,
      `GET ${address}/metrics          figures for Prometheus`,
      "",
    ];
    return reply.type("text/plain; charset=utf-8").send(lines.join("\n"));
  });
}

/** A request with a file that the model answers; matching is the most telling where it is among them. */
function exampleRequest(
  model: string,
  tasks: readonly string[],
  known: TaskRegistry,
  address: string,
): string | undefined {
  const matching = tasks.filter((task) => task === "match-image");
  for (const task of [...matching, ...tasks]) {
    const field = known.named(task).fields.find(holdsBytes);
    if (field === undefined) continue;
    const file = examples[field.kind] ?? "file.bin";
    return `curl -F model=${model} -F ${field.name}=@${file} ${address}/v1/tasks/${task}`;
  }
  return undefined;
}

const examples: Readonly<Record<string, string>> = { image: "picture.jpg", audio: "recording.wav", video: "film.mp4" };
