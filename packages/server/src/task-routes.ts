import { type Answer, type AskOptions, answerJson, isModelError } from "@menagerie/core";
import type { LocalZoo } from "@menagerie/core/host";
import type { FastifyInstance } from "fastify";
import { AcceptedFile } from "./accepted-file.ts";
import { AnswerEvents } from "./answer-events.ts";
import { askingOptions } from "./asking-options.ts";
import { readTaskRequest, type TaskRequest } from "./task-request.ts";
import type { AnswerMetrics } from "./zoo-metrics.ts";

/**
 * `GET /v1/tasks` and `/v1/tasks/:task`: what can be asked, as data. `POST /v1/tasks/:task`: a question, and its answer with the
 * proof of what gave it; in parts where the client asks for events, as a file where it accepts that before JSON.
 */
export function taskRoutes(server: FastifyInstance, zoo: LocalZoo, metrics: AnswerMetrics): void {
  server.get("/v1/tasks", () => ({ object: "list", data: [...zoo.tasks].map(({ document }) => document) }));
  server.get<{ Params: { task: string } }>("/v1/tasks/:task", ({ params }) => zoo.tasks.named(params.task).document);
  // An event's data is JSON already: what cannot be said in it must be an error, and not an event that is missing.
  const options = { sse: { kind: "dual", serializer: String } } as const;
  server.post<{ Params: { task: string } }>("/v1/tasks/:task", options, async (request, reply) => {
    const task = zoo.tasks.named(request.params.task);
    const file = AcceptedFile.of(request.headers.accept);
    file?.requireFrom(task);
    const asked = await readTaskRequest(task, request);
    const asking = askingOptions(request, reply);
    const events = AnswerEvents.of(reply);
    if (events === undefined) {
      const answer = await measuredAnswer(zoo, metrics, asked, asking);
      void reply.header("x-model-signature", answer.model_signature);
      const found = file?.from(task, answer.output);
      if (found !== undefined) return reply.type(found.mediaType).send(Buffer.from(found.bytes));
      return reply.type("application/json; charset=utf-8").send(answerJson(answer));
    }
    const onPart = (part: unknown): Promise<void> => events.part(part);
    const onRestart = (): void => events.restart();
    try {
      events.answer(await measuredAnswer(zoo, metrics, asked, { ...asking, onPart, onRestart }));
    } catch (error) {
      events.fail(error);
    }
  });
}

async function measuredAnswer(
  zoo: LocalZoo,
  metrics: AnswerMetrics,
  { model, task, input }: TaskRequest,
  options: AskOptions,
): Promise<Answer> {
  const started = performance.now();
  try {
    const answer = await zoo.run(model, task, input, options);
    metrics.answered(answer.model, task.name, "ok", performance.now() - started);
    return answer;
  } catch (error) {
    const code = isModelError(error) ? error.code : "internal";
    metrics.answered(knownModel(zoo, model), task.name, code, performance.now() - started);
    throw error;
  }
}

/** A name from outside must not become a metric's label: anyone could make millions of them. */
function knownModel(zoo: LocalZoo, name: string): string {
  return zoo.models.some((spec) => spec.model_name === name) ? name : "unknown";
}
