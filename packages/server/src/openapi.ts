import { errorCodes, taskNames, vocabulary } from "@menagerie/core";
import { z } from "zod";

type Json = Record<string, unknown>;

/** The OpenAPI 3.1 description of the server, made from the vocabulary of tasks: there is no other list of them. */
export function openApi(version: string, models: readonly string[]): Json {
  const paths: Json = {
    "/v1/journal": {
      get: operation("The last events and decisions of the scheduler, one JSON object to a line", { type: "object" }),
    },
    "/v1/models": { get: operation("Every model, loaded or not, and how it stands", { type: "object" }) },
    "/v1/models/{model}": {
      get: { ...operation("One model, with its spec", { type: "object" }), parameters: [parameter("model")] },
    },
    "/v1/models/{model}/load": {
      post: { ...operation("Loads a model and keeps it", { type: "object" }), parameters: [parameter("model")] },
    },
    "/v1/models/{model}/unload": {
      post: {
        ...operation("Unloads a model; answers when its memory is back", { type: "object" }),
        parameters: [parameter("model")],
      },
    },
    "/v2/health/live": { get: operation("The process answers", { type: "object" }) },
    "/v2/health/ready": { get: operation("Every kept model can answer", { type: "object" }) },
  };
  for (const name of taskNames) paths[`/v1/tasks/${name}`] = { post: taskOperation(name, models) };
  return {
    openapi: "3.1.0",
    info: { title: "Menagerie", version, description: "Typed tasks, answered by the models of a zoo." },
    paths,
  };
}

function taskOperation(name: (typeof taskNames)[number], models: readonly string[]): Json {
  const task = vocabulary[name];
  const input = jsonSchema(task.input, "input");
  const model = {
    type: "string",
    description: "Name or role of the model",
    ...(models.length > 0 ? { examples: models.slice(0, 3) } : {}),
  };
  const form = {
    type: "object",
    required: ["model"],
    properties: { model, ...((input.properties as Json | undefined) ?? {}) },
  };
  const answer = answerSchema(name, jsonSchema(task.output, "output"));
  return {
    ...operation(task.summary, answer, task.part && eventStream(jsonSchema(task.part, "output"), answer)),
    requestBody: {
      required: true,
      content: {
        "application/json": {
          schema: {
            type: "object",
            required: ["model", "input"],
            additionalProperties: false,
            properties: { model, input },
          },
        },
        "multipart/form-data": { schema: form },
      },
    },
  };
}

function answerSchema(task: string, output: Json): Json {
  const text = { type: "string" };
  const timing = Object.fromEntries(["load", "queue", "run", "total"].map((key) => [key, { type: "number" }]));
  return {
    type: "object",
    required: ["model", "task", "output", "models_used", "model_signature", "timing_ms"],
    properties: {
      model: text,
      task: { const: task },
      output,
      models_used: { type: "array", items: { type: "object" } },
      model_signature: text,
      timing_ms: { type: "object", properties: timing },
    },
  };
}

/** What a client that accepts events is sent: the data of each, under the event's name. */
function eventStream(part: Json, answer: Json): Json {
  return {
    schema: {
      type: "string",
      description: "Events: `part` as often as something is known, `answer` (or `error`) once, and `data: [DONE]`.",
    },
    "x-events": { part, answer },
  };
}

function operation(summary: string, schema: Json, events?: Json): Json {
  const error = {
    type: "object",
    required: ["error"],
    properties: {
      error: {
        type: "object",
        required: ["code", "message"],
        properties: {
          code: { enum: Object.keys(errorCodes) },
          message: { type: "string" },
          model: { type: "string" },
          details: { type: "object" },
        },
      },
    },
  };
  return {
    summary,
    responses: {
      "200": {
        description: "The answer",
        content: { "application/json": { schema }, ...(events && { "text/event-stream": events }) },
      },
      default: { description: "An error with a code", content: { "application/json": { schema: error } } },
    },
  };
}

function parameter(name: string): Json {
  return { name, in: "path", required: true, schema: { type: "string" } };
}

function jsonSchema(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io,
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema: target }) => {
      const { media } = target as { media?: string };
      // What describes fields to ourselves is no keyword of JSON Schema.
      for (const key of ["media", "positional"]) delete (target as Json)[key];
      if (media === undefined || zodSchema._zod.def.type !== "custom") return;
      Object.assign(target, { type: "string", contentEncoding: "base64", contentMediaType: `${media}/*` });
    },
  }) as Json;
  return json;
}
