import {
  type Answer,
  type AskOptions,
  answerJson,
  isModelError,
  type TaskInput,
  type TaskName,
  taskNamed,
} from "@menagerie/core";
import type { LocalZoo } from "@menagerie/core/host";
import type { FastifyInstance } from "fastify";
import { AnswerEvents } from "./answer-events.ts";
import { askingOptions } from "./asking-options.ts";
import { readTaskRequest, type TaskRequest } from "./task-request.ts";
import type { ZooMetrics } from "./zoo-metrics.ts";

/** `POST /v1/tasks/:task`: a question, and its answer with the proof of what gave it; in parts where the client asks for events. */
export function taskRoutes(server: FastifyInstance, zoo: LocalZoo, metrics: ZooMetrics): void {
  const options = { sse: { kind: "dual", serializer: answerJson } } as const;
  server.post<{ Params: { task: string } }>("/v1/tasks/:task", options, async (request, reply) => {
    const asked = await readTaskRequest(taskNamed(request.params.task).name, request);
    const asking = askingOptions(request, reply);
    const events = AnswerEvents.of(reply);
    if (events === undefined) {
      const answer = await measuredAnswer(zoo, metrics, asked, asking);
      return reply.header("x-model-signature", answer.model_signature).serializer(answerJson).send(answer);
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
  metrics: ZooMetrics,
  { model, task, input }: TaskRequest,
  options: AskOptions,
): Promise<Answer> {
  const started = performance.now();
  try {
    const answer = await zoo.run(model, task, input as unknown as TaskInput<TaskName>, options);
    metrics.answered(answer.model, task, "ok", performance.now() - started);
    return answer;
  } catch (error) {
    const code = isModelError(error) ? error.code : "internal";
    metrics.answered(knownModel(zoo, model), task, code, performance.now() - started);
    throw error;
  }
}

/** A name from outside must not become a metric's label: anyone could make millions of them. */
function knownModel(zoo: LocalZoo, name: string): string {
  return zoo.models.some((spec) => spec.model_name === name) ? name : "unknown";
}
