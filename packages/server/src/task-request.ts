import {
  isModelError,
  ModelError,
  mapBytes,
  type RegisteredTask,
  requireShallow,
  type TaskField,
} from "@menagerie/core";
import type { FastifyRequest } from "fastify";
import { placed, placeOf } from "./form-places.ts";

/** What a request asks, before the task's own schema has seen it. */
export interface TaskRequest {
  readonly task: RegisteredTask;
  readonly model: string;
  readonly input: unknown;
}

/** Reads a question from JSON or from a form. @throws `input_invalid` */
export async function readTaskRequest(task: RegisteredTask, request: FastifyRequest): Promise<TaskRequest> {
  const { model, input } = request.isMultipart() ? await readForm(request, task) : readJson(request.body);
  requireShallow(task.name, input);
  return { task, model, input: mapBytes(task.document.input, input, (value, path) => decodeFile(nameOf(path), value)) };
}

interface Asked {
  readonly model: string;
  readonly input: Readonly<Record<string, unknown>>;
}

function readJson(body: unknown): Asked {
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
  return { model, input };
}

async function readForm(request: FastifyRequest, task: RegisteredTask): Promise<Asked> {
  const fields = new Map(task.fields.map((field) => [field.name, field]));
  const given = new Map<string, unknown[]>();
  const within: {
    readonly field: string;
    readonly path: readonly (string | number)[];
    name: string;
    value: unknown;
  }[] = [];
  let model: string | undefined;
  for await (const { name, value } of partsOf(request)) {
    const field = fields.get(name);
    const place = field === undefined ? placeOf(name) : undefined;
    if (place !== undefined && fields.has(place.field)) {
      within.push({ ...place, name, value });
      continue;
    }
    if ((name === "model" && model !== undefined) || (given.has(name) && field?.list !== true)) throw sentTwice(name);
    if (name === "model") {
      model = String(value);
      continue;
    }
    const converted = field === undefined ? value : convert(field, value);
    const isWhole = field?.list === true && Array.isArray(converted) && (field.kind === "value" || converted === value);
    const values = isWhole ? converted : [converted];
    // What comes again is another item of a list.
    given.set(name, field?.list ? [...(given.get(name) ?? []), ...values] : [converted]);
  }
  if (model === undefined)
    throw new ModelError("input_invalid", 'The form must say which model or role is asked: a field "model".');
  const whole = [...given].map(([name, values]) => {
    const field = fields.get(name);
    const isOne = field === undefined || !field.list || (field.single && values.length === 1);
    return [name, isOne ? values[0] : values] as const;
  });
  // The rest of a field may come after what belongs into it.
  const input = within.reduce<unknown>(
    (holder, { field, path, name, value }) => placed(holder, [field, ...path], value, name),
    Object.fromEntries(whole),
  );
  return { model, input: input as Asked["input"] };
}

function sentTwice(name: string): ModelError {
  return new ModelError("input_invalid", `The form has "${name}" more than once, and takes one. Send it once.`, {
    details: { field: name },
  });
}

/** The parts of a form as they arrive: bytes of files, text of others. @throws `input_invalid` for what is no form, or not the whole of one */
async function* partsOf(request: FastifyRequest): AsyncIterable<{ readonly name: string; readonly value: unknown }> {
  try {
    for await (const part of request.parts()) {
      if (part.fieldname === undefined) throw new Error("a part has no name");
      yield {
        name: part.fieldname,
        value: part.type === "file" ? new Uint8Array(await part.toBuffer()) : part.value,
      };
    }
  } catch (cause) {
    // A refusal of the HTTP layer has a status, of size say; what has none is the parser's word on the bytes.
    if (isModelError(cause) || (cause as { statusCode?: unknown }).statusCode !== undefined) throw cause;
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new ModelError(
      "input_invalid",
      `The form cannot be read: ${problem}. Send the whole of a multipart/form-data body whose boundary stands in its content-type; curl -F and FormData write both, so set no content-type by hand.`,
      { details: { content_type: request.headers["content-type"] ?? "" }, cause },
    );
  }
}

/** A form's text or file as the field's kind; what does not fit is left for the schema to name. */
function convert(field: TaskField, value: unknown): unknown {
  const { kind } = field;
  if (kind === "image" || kind === "audio" || kind === "video" || kind === "file") return value;
  // A part whose content-type is application/json has been read as that already.
  if (typeof value !== "string" && !(value instanceof Uint8Array)) return value;
  const text = value instanceof Uint8Array ? new TextDecoder().decode(value) : value;
  switch (kind) {
    case "number":
    case "integer":
      return numberIn(text);
    case "box":
      return text.split(",").map(numberIn);
    case "boolean":
      return text === "true" ? true : text === "false" ? false : text;
    case "choice":
      return ((field.schema.enum ?? []) as unknown[]).find((choice) => String(choice) === text) ?? text;
    case "value":
      return fromJson(field, text);
    case "text":
      return text;
  }
}

/** What is no number stays as it is, for the schema to name. */
function numberIn(text: string): unknown {
  return text.trim() === "" || Number.isNaN(Number(text)) ? text : Number(text);
}

/** @throws `input_invalid` for what is no JSON */
function fromJson({ name }: TaskField, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new ModelError("input_invalid", `The field "${name}" of the form must be JSON: ${problem}.`, {
      details: { field: name },
      cause,
    });
  }
}

function decodeFile(name: string, value: unknown): unknown {
  if (typeof value !== "string") return value;
  const refused = (problem: string): ModelError =>
    new ModelError("input_invalid", `"${name}" ${problem}`, { details: { field: name } });
  // A shell takes brackets for a pattern.
  const part = name.includes("[") ? `'${name}=@FILE'` : `${name}=@FILE`;
  const remedy = `Send the file itself: as base64 in JSON, or as a file of a form (curl -F ${part}, with the @).`;
  if (value.trim() === "") throw refused(`is empty. ${remedy}`);
  if (/^https?:/i.test(value)) throw refused(`is an address, and this server fetches nothing. ${remedy}`);
  const text = value.replace(/^data:[^,]*;base64,/, "");
  const letters = text.replaceAll(/\s/g, "");
  const isLoose = /^[A-Za-z0-9+/_-]*={0,2}$/.test(letters);
  // What is base64 to the letter is bytes, though it begins with "/": no more can be known of it.
  const isExact = isLoose && letters.length % 4 === 0;
  if (!isExact && looksLikeName(text)) throw refused(`is text that looks like the name of a file (${text}). ${remedy}`);
  if (!isLoose || letters.length % 4 === 1) throw refused(`is not base64. ${remedy}`);
  return new Uint8Array(Buffer.from(letters, "base64"));
}

/** `photo.jpg`, `./photo`, `@photo.jpg`, `/tmp/photo`. */
function looksLikeName(text: string): boolean {
  return text.length < 256 && !/[\r\n]/.test(text) && /^[@.~]|^\/(?!9j)[^/]|^[A-Za-z]:|\.\w{1,5}$/.test(text);
}

/** `messages[0].image` */
function nameOf(path: readonly (string | number)[]): string {
  return path.reduce<string>((name, key) => {
    if (typeof key === "number") return `${name}[${key}]`;
    return name === "" ? key : `${name}.${key}`;
  }, "");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
