import { holdsBytes, ModelError, type TaskField, type TaskName, taskFields, taskNamed } from "@menagerie/core";
import type { FastifyRequest } from "fastify";

/** What a request asks, before the task's own schema has seen it. */
export interface TaskRequest {
  readonly task: TaskName;
  readonly model: string;
  readonly input: Record<string, unknown>;
}

/** Reads a question from JSON or from a form. @throws `task_unknown`, `input_invalid` */
export async function readTaskRequest(task: TaskName, request: FastifyRequest): Promise<TaskRequest> {
  const fields = new Map(taskFields(taskNamed(task)).map((field) => [field.name, field]));
  return { task, ...(request.isMultipart() ? await readForm(request, fields) : readJson(request.body, fields)) };
}

function readJson(body: unknown, fields: ReadonlyMap<string, TaskField>): Omit<TaskRequest, "task"> {
  if (!isRecord(body))
    throw new ModelError("input_invalid", 'The body must be a JSON object: { "model": "...", "input": { ... } }.');
  const { model, input, ...rest } = body;
  const surplus = Object.keys(rest);
  if (typeof model !== "string")
    throw new ModelError("input_invalid", 'The body must say which model or role is asked: "model".');
  if (!isRecord(input)) throw new ModelError("input_invalid", 'The body must have the question under "input".');
  if (surplus.length > 0)
    throw new ModelError(
      "input_invalid",
      `The body has keys that mean nothing: ${surplus.join(", ")}. What a task takes goes under "input".`,
      { details: { keys: surplus } },
    );
  const decoded = Object.entries(input).map(([name, value]) => {
    const field = fields.get(name);
    return [name, field !== undefined && holdsBytes(field) ? decodeFiles(name, value) : value];
  });
  return { model, input: Object.fromEntries(decoded) as Record<string, unknown> };
}

async function readForm(
  request: FastifyRequest,
  fields: ReadonlyMap<string, TaskField>,
): Promise<Omit<TaskRequest, "task">> {
  let model: string | undefined;
  const input: Record<string, unknown> = {};
  for await (const part of request.parts()) {
    const value: unknown = part.type === "file" ? new Uint8Array(await part.toBuffer()) : part.value;
    if (part.fieldname === "model") {
      model = String(value);
      continue;
    }
    const field = fields.get(part.fieldname);
    const converted = field === undefined || value instanceof Uint8Array ? value : convert(field, String(value));
    if (field?.list) input[field.name] = [...((input[field.name] as unknown[] | undefined) ?? []), converted];
    else input[part.fieldname] = converted;
  }
  if (model === undefined)
    throw new ModelError("input_invalid", 'The form must say which model or role is asked: a field "model".');
  return { model, input };
}

/** A form's text as the field's kind; what does not fit is left for the schema to name. */
function convert(field: TaskField, text: string): unknown {
  if (holdsBytes(field)) return decodeFiles(field.name, text);
  if (field.kind === "number" || field.kind === "integer") return text.trim() === "" ? text : Number(text);
  if (field.kind === "box") return text.split(",").map((edge) => (edge.trim() === "" ? edge : Number(edge)));
  if (field.kind === "boolean") return text === "true" ? true : text === "false" ? false : text;
  return text;
}

function decodeFiles(name: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item: unknown, i) => decodeFile(`${name}[${i}]`, item));
  return decodeFile(name, value);
}

function decodeFile(name: string, value: unknown): unknown {
  if (typeof value !== "string") return value;
  if (/^https?:/i.test(value)) {
    throw new ModelError(
      "input_invalid",
      `"${name}" is an address; this server fetches nothing. Send the file itself, as base64 or as a file of a form.`,
      { details: { field: name } },
    );
  }
  const text = value.replace(/^data:[^,]*;base64,/, "");
  if (!/^[A-Za-z0-9+/_-]*={0,2}\s*$/.test(text.replaceAll(/\s/g, "")))
    throw new ModelError("input_invalid", `"${name}" is not base64.`, { details: { field: name } });
  return new Uint8Array(Buffer.from(text, "base64"));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
