import { z } from "zod";
import type { Task } from "./task.ts";

/** What a field holds: bytes of a medium, or a plain value; a `box` is four numbers. */
export type FieldKind = "image" | "audio" | "text" | "number" | "integer" | "boolean" | "choice" | "box";

/** One input of a task, described for those who draw forms, parse flags or decode requests. */
export interface TaskField {
  readonly name: string;
  readonly kind: FieldKind;
  readonly description: string;
  /** True where the field takes a list. */
  readonly list: boolean;
  readonly required: boolean;
  /** The field that a command line's plain arguments fill. */
  readonly positional: boolean;
  readonly choices: readonly string[];
  readonly default: unknown;
}

interface FieldMeta {
  readonly media?: "image" | "audio";
  readonly positional?: boolean;
  readonly description?: string;
}

/** Bytes of an encoded picture (JPEG, PNG, WebP …). Crosses JSON as base64. */
export function imageBytes(): z.ZodType<Uint8Array> {
  return z
    .custom<Uint8Array>(
      (value) => value instanceof Uint8Array && value.byteLength > 0,
      "must be the bytes of a picture",
    )
    .meta({ media: "image" } satisfies FieldMeta);
}

/** Bytes of an encoded recording (WAV, FLAC, MP3, Ogg …). Crosses JSON as base64. */
export function audioBytes(): z.ZodType<Uint8Array> {
  return z
    .custom<Uint8Array>(
      (value) => value instanceof Uint8Array && value.byteLength > 0,
      "must be the bytes of a recording",
    )
    .meta({ media: "audio" } satisfies FieldMeta);
}

/** True where the field takes the bytes of a file. */
export function holdsBytes({ kind }: TaskField): boolean {
  return kind === "image" || kind === "audio";
}

export function taskFields(task: Pick<Task, "name" | "input">): TaskField[] {
  if (!(task.input instanceof z.ZodObject)) throw new TypeError(`The input of ${task.name} is not an object`);
  return Object.entries(task.input.shape).map(([name, schema]) => describeField(name, schema as z.ZodType));
}

function describeField(name: string, schema: z.ZodType): TaskField {
  const meta: FieldMeta = {};
  let list = false;
  let required = true;
  let fallback: unknown;
  let inner: z.ZodType = schema;
  for (;;) {
    Object.assign(meta, { ...(inner.meta() ?? {}), ...meta });
    if (inner instanceof z.ZodDefault) {
      required = false;
      fallback = inner.def.defaultValue;
    } else if (inner instanceof z.ZodOptional) {
      required = false;
    } else if (inner instanceof z.ZodArray) {
      list = true;
      inner = inner.element as z.ZodType;
      continue;
    } else break;
    inner = inner.unwrap() as z.ZodType;
  }
  return {
    name,
    kind: kindOf(name, inner, meta),
    description: meta.description ?? "",
    list,
    required,
    positional: meta.positional ?? false,
    choices: inner instanceof z.ZodEnum ? inner.options.map(String) : [],
    default: fallback,
  };
}

function kindOf(name: string, schema: z.ZodType, meta: FieldMeta): FieldKind {
  if (meta.media !== undefined) return meta.media;
  if (schema instanceof z.ZodString) return "text";
  if (schema instanceof z.ZodNumber) return schema.isInt ? "integer" : "number";
  if (schema instanceof z.ZodBoolean) return "boolean";
  if (schema instanceof z.ZodEnum) return "choice";
  if (schema instanceof z.ZodTuple && schema.def.items.length === 4) return "box";
  throw new TypeError(`The field "${name}" has no kind that a flag or a form could show`);
}
