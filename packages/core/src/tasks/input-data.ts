/** A value in an input that is no data. */
export interface NoData {
  /** Where it is: "items.0.when"; empty for the input itself. */
  readonly path: string;
  /** "NaN", "a Date". */
  readonly words: string;
}

/** Levels of lists and objects that are read: what holds itself has no last one. */
const mostLevels = 500;

/**
 * The first value in an input that is neither what JSON can say nor bytes. A schema takes a Map for an object without
 * properties, and over a wire NaN becomes null and a Date a text: another question than was asked. What is undefined in an object
 * counts as left out.
 */
export function noDataIn(value: unknown, path: readonly (string | number)[] = []): NoData | undefined {
  const words = wordsFor(value);
  if (words !== undefined) return { path: path.join("."), words };
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return undefined;
  if (path.length > mostLevels)
    return { path: path.slice(0, 3).join("."), words: `nested more than ${mostLevels} levels deep, or holds itself` };
  const isList = Array.isArray(value);
  for (const [key, item] of isList ? value.entries() : Object.entries(value)) {
    const within = [...path, key];
    const found =
      isList && item === undefined ? { path: within.join("."), words: "undefined" } : noDataIn(item, within);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What a value is that JSON has no word for, or another one. */
function wordsFor(value: unknown): string | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? undefined : String(value);
  if (typeof value === "bigint") return `the bigint ${String(value).slice(0, 40)}`;
  if (typeof value === "function" || typeof value === "symbol") return `a ${typeof value}`;
  if (typeof value !== "object" || value === null || Array.isArray(value) || ArrayBuffer.isView(value))
    return undefined;
  const kind = Object.prototype.toString.call(value).slice("[object ".length, -1);
  if (kind !== "Object") return `${/^[AEIO]/.test(kind) ? "an" : "a"} ${kind}`;
  return typeof (value as { toJSON?: unknown }).toJSON === "function"
    ? "an object that JSON turns into another"
    : undefined;
}
