import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { holdsBytes, type JsonSchema, readBytes, requireShallow, type TaskField } from "@menagerie/core";
import { InvalidArgumentError } from "commander";
import { readInputFile } from "./input-file.ts";
import { parseNumber } from "./number-flag.ts";

/**
 * What the texts of a flag say: the value of its field. A list takes several in one text, with commas between them, or the flag
 * again; of anything else the last counts.
 * @param root schema of the task's input, whose definitions the field may name
 * @throws InvalidArgumentError saying what is taken, `input_invalid` for a file that cannot be read
 */
export async function fieldValue(
  field: TaskField,
  texts: readonly (string | boolean)[],
  root: JsonSchema,
): Promise<unknown> {
  if (!field.list) return oneValue(field, texts.at(-1) ?? "", root);
  const items = await Promise.all(
    texts.flatMap((text) => itemsOf(field, String(text))).map((text) => oneValue(field, text, root)),
  );
  // A list of objects may be written as a whole.
  const values = field.kind === "value" ? items.flat() : items;
  if (isNumeric(field) && values.length === 0)
    throw new InvalidArgumentError("Numbers must stand with , between them.");
  return field.single && values.length === 1 ? values[0] : values;
}

/** Refuses at once what no value of the field could be written as. @throws InvalidArgumentError */
export function checkText(field: TaskField, text: string): void {
  if (field.kind !== "box" && !isNumeric(field)) return;
  const items = field.list ? itemsOf(field, text) : [text];
  for (const item of items) plainValue(field, item);
}

/** What one text holds of a list, an item each. */
export function itemsOf({ kind }: Pick<TaskField, "kind">, text: string): string[] {
  if (kind === "value") return [text];
  return kind === "box" ? text.split(";") : splitList(text);
}

async function oneValue(field: TaskField, given: string | boolean, root: JsonSchema): Promise<unknown> {
  if (field.kind === "boolean") return booleanOf(given);
  const text = String(given);
  if (holdsBytes(field)) return readInputFile(text);
  return field.kind === "value" ? jsonValue(text, { ...field.schema, $defs: root.$defs }) : plainValue(field, text);
}

function plainValue(field: TaskField, text: string): unknown {
  if (isNumeric(field)) return parseNumber(text, { isWhole: field.kind === "integer" });
  if (field.kind === "box") return parseBox(text);
  return field.kind === "choice" ? choiceOf(field, text) : text;
}

/**
 * A value as JSON, or that of a file after `@`. Where the schema says that a text is the bytes of a picture or another file, `@` before
 * it names that file, and anything else is base64.
 * @throws InvalidArgumentError for what is no JSON, `input_invalid` for what is nested too deeply
 */
export async function jsonValue(text: string, schema: JsonSchema): Promise<unknown> {
  const file = text.startsWith("@") ? text.slice(1) : undefined;
  const json = file === undefined ? text : new TextDecoder().decode(await readInputFile(file));
  const folder = file === undefined ? "." : dirname(file);
  const value = parsed(json, file);
  requireShallow(file ?? "the command", value);
  // What holds a list may be given one of its items.
  const own = schema.type === "array" && !Array.isArray(value) ? ((schema.items ?? {}) as JsonSchema) : schema;
  return readBytes({ ...own, $defs: schema.$defs }, value, async (held) => {
    if (typeof held !== "string") return held;
    if (held.startsWith("@")) return readInputFile(resolve(folder, held.slice(1)));
    return new Uint8Array(Buffer.from(held.replace(/^data:[^,]*;base64,/, ""), "base64"));
  });
}

function parsed(json: string, file: string | undefined): unknown {
  try {
    return JSON.parse(json.replace(/^\uFEFF/, "")) as unknown;
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    if (file === undefined && /^[^\s[\]{}"]+\.[a-z]\w{0,4}$/i.test(json))
      throw new InvalidArgumentError(
        existsSync(json)
          ? `A file of JSON is named after @: @${json}.`
          : `There is no file ${json}, and it is no JSON itself.`,
      );
    // What is no text would only spoil the terminal.
    if (file !== undefined && (json.includes("\0") || json.includes("\uFFFD")))
      throw new InvalidArgumentError(`It must be JSON, and ${file} holds bytes that are no text.`);
    throw new InvalidArgumentError(
      `It must be JSON, or a file of JSON after @${file === undefined ? "" : `; ${file} is none`}: ${problem}.`,
    );
  }
}

function booleanOf(given: string | boolean): boolean {
  if (typeof given === "boolean") return given;
  if (given === "true" || given === "false") return given === "true";
  throw new InvalidArgumentError("It must be true or false.");
}

function choiceOf({ choices, schema }: TaskField, text: string): unknown {
  if (!choices.includes(text)) throw new InvalidArgumentError(`Allowed choices are ${choices.join(", ")}.`);
  return ((schema.enum ?? []) as unknown[]).find((choice) => String(choice) === text) ?? text;
}

function isNumeric({ kind }: TaskField): boolean {
  return kind === "number" || kind === "integer";
}

function parseBox(text: string): number[] {
  const edges = text.split(",").map((edge) => (edge.trim() === "" ? Number.NaN : Number(edge)));
  if (edges.length === 4 && edges.every(Number.isFinite)) return edges;
  throw new InvalidArgumentError("A box must be four numbers: x1,y1,x2,y2; several stand with ; between them.");
}

/** Items between commas; `\,` is a comma inside an item. A comma at the end begins none. */
export function splitList(text: string): string[] {
  const items = text.split(/(?<!\\),/).map((item) => item.replaceAll("\\,", ",").trim());
  return items.length > 1 && items.at(-1) === "" ? items.slice(0, -1) : items;
}
