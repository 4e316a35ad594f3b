import { textOf } from "../contract/model-error.ts";
import { arrayKinds, deepest } from "./value-tags.ts";

/** A value that cannot be told to whoever asked. */
export interface UnsendableValue {
  /** Where it stands, from the outside in. */
  readonly path: readonly string[];
  /** The end of a sentence that begins with its place. */
  readonly words: string;
  /** NaN or an infinite number: the value is there, and is none. */
  readonly isNoNumber?: boolean;
}

/**
 * The first value that no process and no JSON could be told. Asked wherever a model runs, so that one that answers beside its
 * caller answers anywhere. Typed arrays are taken whole: what is in them is bytes.
 * @returns undefined where all of it can be sent
 */
export function unsendableIn(value: unknown): UnsendableValue | undefined {
  const path: string[] = [];
  try {
    return found(value, path);
  } catch (error) {
    // A getter, or a proxy.
    return { path: path.slice(0, 10), words: `cannot be read: ${textOf(error)}` };
  }
}

/** @param path is changed while it is followed */
function found(value: unknown, path: string[]): UnsendableValue | undefined {
  switch (typeof value) {
    case "number":
      if (Number.isFinite(value)) return undefined;
      return { path: [...path], words: `is ${value}, which is no number to whoever asks`, isNoNumber: true };
    case "function":
    case "symbol":
      return { path: [...path], words: `is a ${typeof value}` };
    case "bigint":
      if (BigInt.asIntN(64, value) === value || BigInt.asUintN(64, value) === value) return undefined;
      return { path: [...path], words: "is an integer of more than 64 bits" };
    case "object":
      return value === null ? undefined : inObject(value, path);
    default:
      return undefined;
  }
}

function inObject(value: object, path: string[]): UnsendableValue | undefined {
  if (path.length >= deepest)
    return { path: path.slice(0, 10), words: `has more than ${deepest} levels, or holds itself` };
  if (ArrayBuffer.isView(value)) {
    if (kinds.includes(kindOf(value))) return undefined;
    return { path: [...path], words: "is a DataView; give a typed array" };
  }
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const item: unknown = value[i];
      // Most lists are of numbers.
      if (typeof item === "number" && Number.isFinite(item)) continue;
      const problem = within(item, String(i), path);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }
  const kind = kindOf(value);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null && kind !== "Object")
    return { path: [...path], words: `is a ${kind}; give lists, records and typed arrays` };
  for (const key of Object.keys(value)) {
    const problem = within((value as Readonly<Record<string, unknown>>)[key], key, path);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function within(value: unknown, key: string, path: string[]): UnsendableValue | undefined {
  path.push(key);
  const problem = found(value, path);
  path.pop();
  return problem;
}

const kinds: readonly string[] = arrayKinds;

function kindOf(value: object): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}
