import {
  errorCodes,
  isModelError,
  ModelError,
  type SerialisedModelError,
  textOf,
  toModelError,
} from "../contract/model-error.ts";

/** How much of what a plugin logs or throws crosses: it is for people to read. */
const most = {
  ...{ characters: 10_000, allCharacters: 100_000, name: 1000 },
  ...{ items: 100, depth: 10, values: 1000 },
} as const;

/**
 * A copy of whatever a plugin gave that JSON could hold: what is too long, too deep or no value at all is named in its
 * place, and what cannot be read loses itself and nothing beside it.
 */
export function readable(value: unknown): unknown {
  return copyOf(value, { values: most.values, characters: most.allCharacters }, 0);
}

export function readableText(text: string): string {
  return text.length <= most.characters ? text : `${text.slice(0, most.characters)} … (${text.length} characters)`;
}

/** What a plugin logs may be anything, in any order: it is made an entry that can cross. */
export function readableEntry(message: unknown, fields: unknown): { message: string; fields: Record<string, unknown> } {
  const given = readable(typeof fields === "string" || typeof message === "string" ? fields : message);
  const text = typeof message === "string" ? message : typeof fields === "string" ? fields : textOf(message);
  return { message: readableText(text), fields: asRecord(given) };
}

function asRecord(value: unknown): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  return value === undefined ? {} : { value };
}

/** An error as it crosses, with its stack for the log. */
export function readableError(thrown: unknown): { error: SerialisedModelError; stack: string | undefined } {
  const error = toModelError(thrown);
  const { code, message, model, details } = error;
  const known = Object.hasOwn(errorCodes, code);
  const words = typeof message === "string" ? message : textOf(message);
  const safe = new ModelError(known ? code : "internal", readableText(known ? words : `${String(code)}: ${words}`), {
    ...(typeof model === "string" ? { model: model.slice(0, most.name) } : {}),
    details: asRecord(readable(details)),
  });
  return { error: safe.toJSON(), stack: stackOf(error) };
}

/** What may still be copied. */
interface Budget {
  values: number;
  characters: number;
}

function copyOf(value: unknown, budget: Budget, depth: number): unknown {
  return attempt(() => triedCopyOf(value, budget, depth));
}

/** A getter or a proxy may throw. */
function attempt(read: () => unknown): unknown {
  try {
    return read();
  } catch {
    return "what cannot be read";
  }
}

function triedCopyOf(value: unknown, budget: Budget, depth: number): unknown {
  budget.values -= 1;
  if (budget.values < 0 || budget.characters < 0) return "…";
  if (typeof value === "string") {
    budget.characters -= Math.min(value.length, most.characters);
    return readableText(value);
  }
  if (typeof value === "bigint")
    return Number.isSafeInteger(Number(value)) ? Number(value) : readableText(String(value));
  if (typeof value === "function" || typeof value === "symbol") return undefined;
  if (typeof value !== "object" || value === null) return value;
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} of ${value.byteLength} bytes`;
  if (depth >= most.depth) return "…";
  return Array.isArray(value) ? listOf(value, budget, depth) : recordOf(value, budget, depth);
}

function listOf(list: readonly unknown[], budget: Budget, depth: number): unknown[] {
  const copied = list.slice(0, most.items).map((item) => copyOf(item, budget, depth + 1));
  return list.length <= most.items ? copied : [...copied, `… (${list.length} items)`];
}

function recordOf(value: object, budget: Budget, depth: number): unknown {
  if (value instanceof Error && !isModelError(value)) return readableText(textOf(value));
  if (value instanceof Set) return listOf([...value], budget, depth);
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON === "function") return copyOf(toJSON.call(value) as unknown, budget, depth + 1);
  const isMap = value instanceof Map;
  const keys: readonly unknown[] = isMap ? [...value.keys()] : Object.keys(value);
  const copied: Record<string, unknown> = {};
  for (const key of keys.slice(0, most.items)) {
    const name = String(attempt(() => String(key))).slice(0, most.name);
    budget.characters -= name.length;
    if (budget.characters < 0) break;
    const read = (): unknown => (isMap ? value.get(key) : (value as Record<string, unknown>)[key as string]);
    Object.defineProperty(copied, name, {
      value: attempt(() => copyOf(read(), budget, depth + 1)),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  if (keys.length > most.items || budget.characters < 0) copied["…"] = `${keys.length} entries`;
  return copied;
}

function stackOf(error: ModelError): string | undefined {
  try {
    const stack: unknown = error.cause instanceof Error ? error.cause.stack : error.stack;
    return typeof stack === "string" ? readableText(stack) : undefined;
  } catch {
    return undefined;
  }
}
