import { z } from "zod";

/** Complaints that a message repeats at most, and keys of one of them. */
const mostTold = 20;

/**
 * One line for each complaint of a schema; an unknown key comes with the nearest key that is known there. Parse with
 * `{ error: plainWords }`, so that they are in the reader's words.
 * @param place.whole what the value as a whole is called; default: the document
 * @param place.within path of the value in its document; default: it is the document
 */
export function describeIssues(
  schema: z.ZodType,
  error: z.ZodError,
  { whole = "the document", within = "" }: { readonly whole?: string; readonly within?: string } = {},
): string[] {
  const lines = error.issues.slice(0, mostTold).map((issue) => describeIssue(schema, issue, whole, within));
  const more = error.issues.length - mostTold;
  return more > 0 ? [...lines, `and ${more} more`] : lines;
}

function describeIssue(schema: z.ZodType, given: z.core.$ZodIssue, whole: string, within: string): string {
  const issue = insideUnions(given);
  const path = [...(within === "" ? [] : [within]), ...issue.path.map(String)].join(".");
  if (issue.code !== "unrecognized_keys") {
    const message = issue.code === "invalid_key" ? (issue.issues[0]?.message ?? issue.message) : issue.message;
    return `${path === "" ? whole : `"${path}"`}: ${message}`;
  }
  const known = keysAt(schema, issue.path);
  const keys = issue.keys.slice(0, mostTold).map((key) => {
    const near = nearest(key, known);
    const hint =
      near !== undefined
        ? ` (did you mean "${near}"?)`
        : known.length === 0
          ? ""
          : ` (known there: ${known.join(", ")})`;
    return `unknown key "${[...(path === "" ? [] : [path]), key.slice(0, longestWord)].join(".")}"${hint}`;
  });
  const more = issue.keys.length - keys.length;
  return [...keys, ...(more > 0 ? [`and ${more} more unknown keys`] : [])].join("; ");
}

/** Of a choice of shapes, the complaint of the one that was meant; where none has the value's type, that of the choice. */
function insideUnions(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== "invalid_union") return issue;
  const shapes = issue.errors.filter(([inner]) => inner !== undefined && (inner.path.length > 0 || !isOfType(inner)));
  // A shape is told by its constants first, and then by how little is wrong with it.
  const [[within] = []] = shapes.toSorted((a, b) => wrongWords(a) - wrongWords(b) || a.length - b.length);
  if (within === undefined) return issue;
  return insideUnions({ ...within, path: [...issue.path, ...within.path] } as z.core.$ZodIssue);
}

function wrongWords(issues: readonly z.core.$ZodIssue[]): number {
  return issues.filter(({ code }) => code === "invalid_value").length;
}

/** A complaint that the value is of another kind altogether. */
function isOfType({ code, path }: z.core.$ZodIssue): boolean {
  return path.length === 0 && (code === "invalid_type" || code === "custom" || code === "invalid_value");
}

/** Says what is wrong with a value in the reader's words: for `safeParse(value, { error: plainWords })`. */
export const plainWords: z.core.$ZodErrorMap = (issue) => {
  const found = issue.input;
  switch (issue.code) {
    case "invalid_type":
      return wanted(typeWords[issue.expected] ?? issue.expected, found);
    case "invalid_value": {
      const values = issue.values as readonly unknown[];
      return `${wanted(choiceWords(values), found)}${nearWords(values, found)}`;
    }
    case "invalid_union":
      return issue.inclusive === false && issue.errors.length === 0
        ? severalWords(issue)
        : wanted(unionWords(issue.errors), found);
    case "too_small":
    case "too_big": {
      const isSmall = issue.code === "too_small";
      const limit = isSmall ? issue.minimum : issue.maximum;
      const words =
        issue.inclusive === false ? (isSmall ? "more than" : "less than") : isSmall ? "at least" : "at most";
      return measured(issue.origin, words, Number(limit));
    }
    case "not_multiple_of":
      return `must be a multiple of ${issue.divisor}`;
    case "invalid_format":
      return issue.format === "regex" ? `must match ${String(issue.pattern)}` : `must be a valid ${issue.format}`;
    case "invalid_key":
      return `has a key that ${issue.issues[0]?.message ?? "does not fit"}`;
    default:
      return undefined;
  }
};

const typeWords: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  tuple: "a list",
  object: "an object",
  record: "an object",
  null: "null",
  never: "left out",
};

function wanted(what: string, found: unknown): string {
  return found === undefined ? `is missing; it must be ${what}` : `must be ${what}, not ${kindOf(found)}`;
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (ArrayBuffer.isView(value)) return "bytes";
  if (typeof value === "string") return value.length <= 40 ? JSON.stringify(value) : "a text";
  return typeof value === "object" ? "an object" : String(value).slice(0, 40);
}

function choiceWords(values: readonly unknown[]): string {
  const words = values.slice(0, mostTold).map((value) => JSON.stringify(value));
  return `${words.length > 1 ? "one of " : ""}${words.join(", ")}${values.length > words.length ? ", …" : ""}`;
}

function nearWords(values: readonly unknown[], found: unknown): string {
  const texts = values.filter((value) => typeof value === "string");
  const near = typeof found === "string" ? nearest(found, texts) : undefined;
  return near === undefined ? "" : ` (did you mean "${near}"?)`;
}

/** Which of the shapes fit, where one alone may. */
function severalWords({ matches, inst }: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidUnion>): string {
  const { options } = (inst as z.core.$ZodXor)._zod.def;
  const fitting = (matches as readonly number[]).map((i) => {
    const { title } = z.globalRegistry.get(options[i] as z.core.$ZodType) ?? {};
    return `shape ${i + 1}${title === undefined ? "" : ` (${title})`}`;
  });
  return `fits ${fitting.slice(0, -1).join(", ")} and ${fitting.at(-1)} of ${options.length}; exactly one must fit`;
}

/** What each of the shapes would have been. */
function unionWords(errors: readonly (readonly z.core.$ZodIssue[])[]): string {
  const words = errors.map(([inner]) => /(?:^|; it )must be (.*?)(?:, not .*)?$/.exec(inner?.message ?? "")?.[1]);
  const told = [...new Set(words.filter((word) => word !== undefined))];
  return told.length === 0 ? "of another shape" : told.join(" or ");
}

function measured(origin: string, words: string, limit: number): string {
  const items = limit === 1 ? "item" : "items";
  if (origin === "array") return `must have ${words} ${limit} ${items}`;
  if (origin === "string") return `must have ${words} ${limit} ${limit === 1 ? "character" : "characters"}`;
  if (origin === "object" || origin === "record" || origin === "map") return `must have ${words} ${limit} keys`;
  return `must be ${words} ${limit}`;
}

function keysAt(root: z.ZodType, path: readonly PropertyKey[]): string[] {
  let schema: unknown = unwrap(root);
  for (const key of path) {
    if (schema instanceof z.ZodObject) schema = (schema.shape as Record<PropertyKey, unknown>)[key];
    else if (schema instanceof z.ZodArray) schema = schema.element;
    else if (schema instanceof z.ZodRecord) schema = schema.valueType;
    schema = unwrap(schema);
  }
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

function unwrap(schema: unknown): unknown {
  let inner = schema;
  while (inner instanceof z.ZodDefault || inner instanceof z.ZodOptional) inner = inner.unwrap();
  return inner;
}

const longestWord = 200;

/** The known word with the smallest edit distance, if that is at most a third of the word; none for a word of a letter or two. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  // Whoever sends a text of megabytes has not mistyped a name.
  if (word.length > longestWord) return undefined;
  const ranked = known.map((candidate) => ({ candidate, distance: editDistance(word, candidate) }));
  const best = ranked.sort((a, b) => a.distance - b.distance)[0];
  // One letter is near to every other letter, and "ab" to "cb" by chance alone.
  if (best === undefined || (best.distance > 0 && Math.max(word.length, best.candidate.length) < 3)) return undefined;
  return best.distance <= Math.max(1, Math.floor(word.length / 3)) ? best.candidate : undefined;
}

/** A sentence with the nearest known word; empty where none is near. */
export function didYouMean(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near === undefined ? "" : `Did you mean "${near}"?`;
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
