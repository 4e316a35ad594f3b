import { ModelError, mapBytes, type RegisteredTask, requireShallow } from "@menagerie/core";
import type { FastifyRequest } from "fastify";
import { type FormPart, formParts, jsonIn } from "./form-parts.ts";
import { place, placeOf } from "./form-places.ts";
import { formValue, plainValue, refused } from "./form-values.ts";

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

type Place = NonNullable<ReturnType<typeof placeOf>>;

async function readForm(request: FastifyRequest, task: RegisteredTask): Promise<Asked> {
  const fields = new Map(task.fields.map((field) => [field.name, field]));
  const root = task.document.input;
  const given = new Map<string, unknown[]>();
  /** Fields that came as `name[]`: lists, though of one item. */
  const lists = new Set<string>();
  const within: (Place & { readonly name: string; readonly value: unknown })[] = [];
  let model: string | undefined;
  for await (const part of formParts(request)) {
    if (part.name === "model") {
      if (model !== undefined) throw sentTwice("model");
      model = modelOf(part);
      continue;
    }
    const bare = part.name.replace(/\[\]$/, "");
    const isItem = bare !== part.name && !fields.has(part.name) && fields.has(bare);
    const name = isItem ? bare : part.name;
    const field = fields.get(name);
    const inField = field === undefined ? placeOf(name) : undefined;
    const held = fields.get(inField?.field ?? "");
    if (inField !== undefined && held !== undefined) {
      const isOfList = held.list && inField.path.length === 1 && typeof inField.path[0] === "number";
      within.push({ ...inField, name, value: isOfList ? formValue(held, part, root).value : plainValue(part) });
      continue;
    }
    if (given.has(name) && field?.list !== true) throw sentTwice(name);
    if (field === undefined) {
      given.set(name, [plainValue(part)]);
      continue;
    }
    if (isItem && !field.list) throw refused(part, `and takes one value. Send it as "${name}"`);
    const { value, isWhole } = formValue(field, part, root);
    // What comes again is another item of a list. Lists are made longer in place: a thousand parts may come.
    const items = given.get(name) ?? [];
    given.set(name, items);
    for (const item of isWhole ? (value as readonly unknown[]) : [value]) items.push(item);
    if (isItem || isWhole) lists.add(name);
  }
  if (model === undefined)
    throw new ModelError("input_invalid", 'The form must say which model or role is asked: a field "model".');
  const whole = [...given].map(([name, values]) => {
    const field = fields.get(name);
    const isOne = !field?.list || (field.single && values.length === 1 && !lists.has(name));
    return [name, isOne ? values[0] : values] as const;
  });
  // The rest of a field may come after what belongs into it.
  const input: Asked["input"] = Object.fromEntries(whole);
  for (const { field, path, name, value } of within) place(input, [field, ...path], value, name);
  return { model, input };
}

/** @throws `input_invalid` for what is no name */
function modelOf(part: FormPart): string {
  if (part.kind === "text") return part.text;
  const said = part.kind === "json" ? jsonIn(part) : undefined;
  if (typeof said === "string") return said;
  throw refused(part, "and it is the name of the model or role that is asked. Send it as text: curl -F model=NAME");
}

function sentTwice(name: string): ModelError {
  return new ModelError("input_invalid", `The form has "${name}" more than once, and takes one. Send it once.`, {
    details: { field: name },
  });
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
