import { errorCodes, type JsonSchema, type RegisteredTask, schemasIn, type TaskRegistry } from "@menagerie/core";

type Json = Record<string, unknown>;

/** The OpenAPI 3.1 description of the server, made from the registry of tasks: there is no other list of them. */
export function openApi(version: string, tasks: TaskRegistry, models: readonly string[]): Json {
  const paths: Json = {
    "/v1/health": {
      get: operation("Whether all that is required can be asked, and what is wrong", { type: "object" }),
    },
    "/v1/journal": {
      get: operation("The last events and decisions of the scheduler, one JSON object to a line", { type: "object" }),
    },
    "/v1/load": {
      post: {
        ...operation("Loads several models and keeps them; answers with what came of each", { type: "object" }),
        requestBody: jsonBody({
          models: { type: "array", items: { type: "string" } },
          max_workers: { type: "integer", minimum: 1 },
        }),
      },
    },
    "/v1/unload": {
      post: {
        ...operation("Unloads the models that the body selects; answers with what came of each", { type: "object" }),
        requestBody: jsonBody({
          all: { const: true },
          models: { type: "array", items: { type: "string" } },
          plugin: { type: "string" },
          idle_s: { anyOf: [{ type: "number" }, { type: "object" }] },
          over: { type: "number", minimum: 0, maximum: 1 },
          count: { type: "integer", minimum: 0 },
        }),
      },
    },
    "/v1/models": { get: operation("Every model, loaded or not, and how it stands", { type: "object" }) },
    "/v1/models/{model}": {
      get: { ...operation("One model, with its spec", { type: "object" }), parameters: [parameter("model")] },
    },
    "/v1/models/{model}/load": {
      post: { ...operation("Loads a model and keeps it", { type: "object" }), parameters: [parameter("model")] },
    },
    "/v1/models/{model}/lease": {
      post: {
        ...operation("Events: the model is not evicted while this response is open", { type: "object" }),
        parameters: [parameter("model")],
      },
    },
    "/v1/models/{model}/unload": {
      post: {
        ...operation("Unloads a model; answers when its memory is back", { type: "object" }),
        parameters: [parameter("model")],
      },
    },
    "/v1/bindings/{name}": {
      put: {
        ...operation("Moves a role or an alias to another model, while the server runs", { type: "object" }),
        parameters: [parameter("name")],
        requestBody: {
          required: true,
          content: {
            "application/json": {
              schema: {
                type: "object",
                properties: { model: { type: "string" } },
                required: ["model"],
                additionalProperties: false,
              },
            },
          },
        },
      },
    },
    "/v1/tasks": { get: operation("Every task that can be asked, as data", { type: "object" }) },
    "/v1/tasks/{task}": {
      get: {
        ...operation("What a task takes and answers, as JSON Schemas", { type: "object" }),
        parameters: [parameter("task")],
      },
    },
    "/v2/health/live": { get: operation("The process answers", { type: "object" }) },
    "/v2/health/ready": { get: operation("Every kept model can answer", { type: "object" }) },
  };
  const definitions: Json = {};
  for (const task of tasks) paths[`/v1/tasks/${task.name}`] = { post: taskOperation(task, models, definitions) };
  return {
    openapi: "3.1.0",
    info: { title: "Menagerie", version, description: "Typed tasks, answered by the models of a zoo." },
    paths,
    ...(Object.keys(definitions).length === 0 ? {} : { components: { schemas: definitions } }),
  };
}

function taskOperation(task: RegisteredTask, models: readonly string[], definitions: Json): Json {
  const { document } = task;
  const schema = (key: "input" | "output" | "part", own: JsonSchema): Json =>
    openSchema(own, `${task.name}.${key}`, definitions);
  const input = schema("input", document.input);
  const model = {
    type: "string",
    description: "Name or role of the model",
    ...(models.length > 0 ? { examples: models.slice(0, 3) } : {}),
  };
  const { properties = {}, required = [] } = input as { properties?: Json; required?: string[] };
  const form = { type: "object", required: ["model", ...required], properties: { model, ...properties } };
  const answer = answerSchema(task.name, schema("output", document.output));
  const events = document.part && eventStream(schema("part", document.part), answer);
  return {
    ...operation(task.summary, answer, {
      ...fileTypes(document.output),
      ...(events && { "text/event-stream": events }),
    }),
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

/** What a client may accept in the place of JSON: the one picture, recording, film or tensor of the answer. */
function fileTypes(output: JsonSchema): Json {
  const kinds = [...schemasIn(output)].flatMap(({ media, tensor }) => [
    ...(media === "image" || media === "audio" || media === "video" ? [`${media}/*`] : []),
    ...(tensor === undefined ? [] : ["application/x-npy"]),
  ]);
  return Object.fromEntries(
    [...new Set(kinds)].map((kind) => [kind, { schema: { type: "string", format: "binary" } }]),
  );
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

function operation(summary: string, schema: Json, others: Json = {}): Json {
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
        content: { "application/json": { schema }, ...others },
      },
      default: { description: "An error with a code", content: { "application/json": { schema: error } } },
    },
  };
}

/** A body of which everything may be left out. */
function jsonBody(properties: Json): Json {
  const schema = { type: "object", properties, additionalProperties: false };
  return { required: false, content: { "application/json": { schema } } };
}

function parameter(name: string): Json {
  return { name, in: "path", required: true, schema: { type: "string" } };
}

/** What describes fields to ourselves is no keyword of JSON Schema. */
const ownKeywords: ReadonlySet<string> = new Set(["media", "positional", "shown", "tensor", "$schema", "$id"]);

/** A task's schema as OpenAPI has it: its definitions stand among the document's components. */
function openSchema(schema: JsonSchema, name: string, definitions: Json): Json {
  const open = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(open);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, held]) => [key, open(held)]));
  };
  const walk = (own: JsonSchema): Json => {
    const entries = Object.entries(own).flatMap(([key, value]): [string, unknown][] => {
      if (ownKeywords.has(key) || key === "$defs") return [];
      if (key === "$ref") return [[key, String(value).replace("#/$defs/", `#/components/schemas/${name}.`)]];
      if (schemaMaps.has(key)) return [[key, mapped(value as Json)]];
      if (schemaLists.has(key)) return [[key, (value as JsonSchema[]).map(walk)]];
      return [[key, singles.has(key) && typeof value === "object" ? walk(value as JsonSchema) : open(value)]];
    });
    return Object.fromEntries(entries);
  };
  const mapped = (schemas: Json): Json =>
    Object.fromEntries(Object.entries(schemas).map(([key, held]) => [key, walk(held as JsonSchema)]));
  for (const [key, held] of Object.entries((schema.$defs ?? {}) as Json))
    definitions[`${name}.${key}`] = walk(held as JsonSchema);
  return walk(schema);
}

const schemaMaps: ReadonlySet<string> = new Set(["properties"]);
const schemaLists: ReadonlySet<string> = new Set(["anyOf", "oneOf", "allOf", "prefixItems"]);
const singles: ReadonlySet<string> = new Set(["items", "additionalProperties", "propertyNames"]);
