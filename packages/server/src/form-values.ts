import { holdsBytes, type JsonSchema, ModelError, type TaskField } from "@menagerie/core";
import { type FormPart, jsonIn, parsedJson, partWords } from "./form-parts.ts";

/** What a part of a form says of a field. */
export interface FormValue {
  readonly value: unknown;
  /** True where it is the whole of a list, and no item of it. */
  readonly isWhole: boolean;
}

/**
 * A part as its field's value; what does not fit is left for the schema to name.
 * @param root schema of the task's input, whose definitions the field may name
 * @throws `input_invalid` for what no value of that field could be, naming the part
 */
export function formValue(field: TaskField, part: FormPart, root: JsonSchema): FormValue {
  if (holdsBytes(field)) return bytesOf(field, part);
  if (part.kind === "json") {
    const value = jsonIn(part);
    return { value, isWhole: isWholeList(field, value, root) };
  }
  const text = part.kind === "text" ? part.text : textOf(part);
  const value = ofText(field, text, part.name);
  return { value, isWhole: isListOfText(field) ? false : isWholeList(field, value, root) };
}

/** A part's text, for what is no field of the task. */
export function plainValue(part: FormPart): unknown {
  return part.kind === "text" ? part.text : part.kind === "json" ? jsonIn(part) : part.bytes;
}

/** Base64 may come as text or as JSON; a file is what it is. @throws `input_invalid` for JSON that holds anything else */
function bytesOf({ kind, list }: TaskField, part: FormPart): FormValue {
  if (part.kind === "text") return { value: part.text, isWhole: false };
  // A file of no medium may be JSON itself.
  if (part.kind === "file" || (kind === "file" && part.filename !== undefined))
    return { value: part.bytes, isWhole: false };
  const value = jsonIn(part);
  const texts = Array.isArray(value) && list ? (value as unknown[]) : [value];
  if (texts.every((text) => typeof text === "string")) return { value, isWhole: Array.isArray(value) };
  throw refused(
    part,
    `and it takes the bytes of ${kind === "file" ? "a file" : `${kind === "video" ? "a" : "an"} ${kind} file`}. Send the file itself: curl -F ${part.name}=@FILE`,
  );
}

function ofText(field: TaskField, text: string, name: string): unknown {
  switch (field.kind) {
    case "number":
    case "integer": {
      if (!field.list) return numberIn(text);
      if (isJsonList(text)) return fromJson(text, name);
      // A command line takes them so too. No number has a comma in it.
      return text.includes(",") ? text.split(",").map(numberIn) : numberIn(text);
    }
    case "box": {
      if (isJsonList(text)) return fromJson(text, name);
      const boxes = text.split(field.list ? ";" : "\0").map((box) => box.split(",").map(numberIn));
      return boxes.length === 1 ? boxes[0] : boxes;
    }
    case "boolean":
      return text === "true" ? true : text === "false" ? false : text;
    case "choice":
      return ((field.schema.enum ?? []) as unknown[]).find((choice) => String(choice) === text) ?? text;
    case "value":
      return fromJson(text, name);
    default:
      return text;
  }
}

/** Commas may belong to a text, and so may brackets. */
function isListOfText({ kind }: TaskField): boolean {
  return kind === "text" || kind === "choice" || kind === "boolean";
}

function isWholeList(field: TaskField, value: unknown, root: JsonSchema): boolean {
  if (!field.list || !Array.isArray(value)) return false;
  return !hasListsAsItems(field, root) || value.every((item) => Array.isArray(item));
}

function hasListsAsItems({ kind, schema }: TaskField, root: JsonSchema): boolean {
  if (kind === "box") return true;
  const { $ref, type } = (schema.items ?? {}) as { readonly $ref?: unknown; readonly type?: unknown };
  const name = /^#\/\$defs\/(.+)$/.exec(String($ref))?.[1];
  const own =
    name === undefined ? type : (root.$defs as Readonly<Record<string, JsonSchema>> | undefined)?.[name]?.type;
  return own === "array";
}

function isJsonList(text: string): boolean {
  return text.trimStart().startsWith("[");
}

/** What is no number stays as it is, for the schema to name. */
function numberIn(text: string): unknown {
  return /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?\s*$/i.test(text) ? Number(text) : text;
}

/** @throws `input_invalid` for what is no JSON */
function fromJson(text: string, name: string): unknown {
  try {
    return parsedJson(text);
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new ModelError("input_invalid", `The field "${name}" of the form must be JSON: ${problem}.`, {
      details: { field: name },
      cause,
    });
  }
}

/** @throws `input_invalid` for bytes that are no text */
function textOf(part: Extract<FormPart, { readonly kind: "file" }>): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(part.bytes);
  } catch {
    throw refused(part, "and its bytes are no text in UTF-8. Send it as text");
  }
}

/** @param problem the rest of a sentence that says what came */
export function refused(part: FormPart, problem: string): ModelError {
  return new ModelError("input_invalid", `The form has "${part.name}" as ${partWords(part)}, ${problem}.`, {
    details: { field: part.name },
  });
}
