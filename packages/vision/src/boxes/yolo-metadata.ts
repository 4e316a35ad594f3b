import { ModelError } from "@menagerie/core";
import type { Size } from "../geometry/size.ts";

/** What ultralytics writes into the metadata of a graph that it exports. Keys that are not there are undefined. */
export interface YoloMetadata {
  /** Names of the classes, in order. */
  readonly names: readonly string[] | undefined;
  /** `detect`, `segment` … */
  readonly task: string | undefined;
  /** Size of the input that it was exported for. */
  readonly size: Size | undefined;
  readonly stride: number | undefined;
  /** The graph suppresses overlaps itself, and answers in another form. */
  readonly isEndToEnd: boolean;
}

/**
 * Reads the metadata of a graph: values are Python literals as `str()` writes them.
 * @throws ModelError `graph_mismatch` naming the key that cannot be read
 */
export function yoloMetadata(metadata: Readonly<Record<string, string>>): YoloMetadata {
  const { names, task, imgsz, stride, end2end } = metadata;
  return {
    names: names === undefined ? undefined : readNames(names),
    task,
    size: imgsz === undefined ? undefined : readSize(imgsz),
    stride: stride === undefined ? undefined : readInteger("stride", stride),
    isEndToEnd: end2end?.trim() === "True",
  };
}

/** A dict of numbers and names, or a list of names. */
function readNames(text: string): string[] {
  const isDict = /^\{.*\}$/s.test(text);
  if (!isDict && !/^\[.*\]$/s.test(text)) throw unreadable("names", text);
  const names: string[] = [];
  const body = text.slice(1, -1);
  const entry = isDict
    ? /\s*(\d+)\s*:\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*(?:,|$)/y
    : /\s*()(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*(?:,|$)/y;
  while (entry.lastIndex < body.length) {
    const found = entry.exec(body);
    if (found === null) throw unreadable("names", text);
    if (isDict && Number(found[1]) !== names.length) throw unreadable("names", text);
    names.push(unescaped(found[2] ?? found[3] ?? ""));
  }
  if (names.length === 0) throw unreadable("names", text);
  return names;
}

function unescaped(text: string): string {
  return text.replaceAll(
    /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|(.))/g,
    (_, x, u, U, plain: string | undefined) => {
      const code = (x ?? u ?? U) as string | undefined;
      if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
      return plain === "n" ? "\n" : plain === "t" ? "\t" : (plain ?? "");
    },
  );
}

/** Height and width, or one side for both. */
function readSize(text: string): Size {
  const sides = /^[[(]?\s*(\d+)(?:\s*,\s*(\d+))?\s*[\])]?$/.exec(text.trim());
  if (sides === null) throw unreadable("imgsz", text);
  const height = Number(sides[1]);
  return { width: sides[2] === undefined ? height : Number(sides[2]), height };
}

function readInteger(key: string, text: string): number {
  if (!/^\d+$/.test(text)) throw unreadable(key, text);
  return Number(text);
}

function unreadable(key: string, text: string): ModelError {
  return new ModelError(
    "graph_mismatch",
    `The graph's metadata has "${key}" in a form that ultralytics does not write: ${text.slice(0, 200)}.`,
    {
      details: { key },
    },
  );
}
