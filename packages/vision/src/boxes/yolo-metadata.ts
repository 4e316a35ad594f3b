import { ModelError } from "@menagerie/core";
import type { Size } from "../geometry/size.ts";
import { PythonDict, type PythonLiteral, pythonLiteral } from "./python-literal.ts";

/** What ultralytics writes into the metadata of a graph that it exports. Keys that are not there are undefined. */
export interface YoloMetadata {
  /** Names of the classes, in order. */
  readonly names: readonly string[] | undefined;
  /** `detect`, `segment` … */
  readonly task: string | undefined;
  /** Size of the input that it was exported for. */
  readonly size: Size | undefined;
  readonly stride: number | undefined;
  /**
   * The key that says that the graph chooses among overlapping boxes itself, and answers in another form: `end2end` of a head
   * that was trained for it, `args` of suppression that was exported with the graph (`nms=True`).
   */
  readonly suppressedBy: "end2end" | "args" | undefined;
  /** What the weights were rounded to at the export. */
  readonly precision: "fp16" | "int8" | undefined;
}

/**
 * Reads the metadata of a graph: values are Python literals as `str()` writes them.
 * @throws ModelError `graph_mismatch` naming the key that cannot be read
 */
export function yoloMetadata(metadata: Readonly<Record<string, string>>): YoloMetadata {
  const { names, task, imgsz, stride, end2end } = metadata;
  const args = metadata.args === undefined ? undefined : literal("args", metadata.args);
  const argument = (key: string): PythonLiteral => (args instanceof PythonDict ? args.get(key) : undefined);
  const isHalf = argument("half") === true || argument("quantize") === 16;
  const isInteger = argument("int8") === true || argument("quantize") === 8;
  return {
    names: names === undefined ? undefined : readNames(names),
    task,
    size: imgsz === undefined ? undefined : readSize(imgsz),
    stride: stride === undefined ? undefined : readInteger("stride", stride),
    suppressedBy: end2end?.trim() === "True" ? "end2end" : argument("nms") === true ? "args" : undefined,
    precision: isHalf ? "fp16" : isInteger ? "int8" : undefined,
  };
}

/** All that ultralytics writes into a graph. */
const known = new Set([
  ...["description", "author", "date", "version", "license", "docs", "stride", "task", "head", "batch", "imgsz"],
  ...["names", "args", "channels", "end2end", "dla"],
]);

/** Sentences about keys of a graph's metadata that ultralytics does not write, or did not at the time of writing. */
export function unknownMetadata(metadata: Readonly<Record<string, string>>): string[] {
  const unknown = Object.keys(metadata).filter((key) => !known.has(key));
  return unknown.map((key) => `the graph's metadata has the key "${key}", which is not looked at`);
}

/** What to do with a graph of another task than the one that is needed. @param needed `detect`, `segment` or `classify` */
export function otherTaskWords(task: string, needed: string): string {
  const isKnown = ["detect", "segment", "classify"].includes(task);
  return `is "${task}", and "${needed}" is needed. ${
    isKnown
      ? "Another family takes it: zoo adopt DIR without --like says which"
      : "No family here reads such an answer: export a model that detects, segments or classifies"
  }`;
}

/** A dict from 0, 1, … to the names, in any order, or a list of names. */
function readNames(text: string): string[] {
  const value = literal("names", text);
  const entries = value instanceof PythonDict ? value.entries : Array.isArray(value) ? [...value.entries()] : [];
  const names = new Map(entries.map(([key, name]) => [Number(key), nameOf(name)]));
  const ordered = Array.from({ length: names.size }, (_, i) => names.get(i));
  if (ordered.length === 0 || ordered.length !== entries.length) throw unreadable("names", text);
  return ordered.map((name) => {
    if (name === undefined) throw unreadable("names", text);
    return name;
  });
}

/** YAML makes a number of a name like 5, and a truth of one like yes: ultralytics takes `str()` of them. */
function nameOf(value: PythonLiteral): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "True" : "False";
  return Number.isInteger(value) ? String(value) : undefined;
}

/** Height and width, or one side for both. */
function readSize(text: string): Size {
  const value = literal("imgsz", text);
  const [height, width = height] = Array.isArray(value) && value.length <= 2 ? value : [value];
  if (isSide(height) && isSide(width)) return { width, height };
  throw unreadable("imgsz", text);
}

function isSide(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) > 0;
}

function readInteger(key: string, text: string): number {
  if (!/^\d+$/.test(text)) throw unreadable(key, text);
  return Number(text);
}

function literal(key: string, text: string): PythonLiteral {
  try {
    return pythonLiteral(text);
  } catch (cause) {
    throw unreadable(key, text, cause);
  }
}

function unreadable(key: string, text: string, cause?: unknown): ModelError {
  return new ModelError(
    "graph_mismatch",
    `The graph's metadata has "${key}" in a form that ultralytics does not write: ${text.slice(0, 200)}.`,
    { details: { key }, cause },
  );
}
