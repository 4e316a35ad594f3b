import type { z } from "zod";

/** A complaint of a schema about a checkpoint's JSON: which key, and what is wrong with it, in the reader's words. */
export interface JsonComplaint {
  readonly key: string;
  readonly problem: string;
}

/** The first complaint, told of the value that is there. @param value the whole document */
export function complaintOf(error: z.ZodError, value: unknown): JsonComplaint {
  const [issue] = error.issues;
  if (issue === undefined) return { key: "", problem: "does not fit" };
  const innermost = insideUnions(issue, value);
  const { path } = innermost;
  const key = path.map(String).join(".");
  const found = valueAt(value, path);
  return { key, problem: problemOf(innermost, found) };
}

/** Of a choice of shapes, the complaint of the one whose type the value has; where none has it, that of the choice. */
function insideUnions(issue: z.core.$ZodIssue, value: unknown): z.core.$ZodIssue {
  if (issue.code !== "invalid_union") return issue;
  const within = issue.errors
    .map(([inner]) => inner)
    .find((inner) => inner !== undefined && (inner.path.length > 0 || inner.code !== "invalid_type"));
  return within === undefined
    ? issue
    : insideUnions({ ...within, path: [...issue.path, ...within.path] } as z.core.$ZodIssue, value);
}

function problemOf(issue: z.core.$ZodIssue, found: unknown): string {
  const is = found === undefined ? "is missing" : `is ${described(found)}`;
  switch (issue.code) {
    case "invalid_type":
      return `${is}; ${words[issue.expected] ?? issue.expected} was expected`;
    case "invalid_value":
      return `${is}; ${issue.values.map((value) => JSON.stringify(value)).join(" or ")} was expected`;
    case "too_small":
      return `${is}; ${issue.inclusive === false ? "more than" : "at least"} ${issue.minimum}${counted(issue.origin)} was expected`;
    case "too_big":
      return `${is}; ${issue.inclusive === false ? "less than" : "at most"} ${issue.maximum}${counted(issue.origin)} was expected`;
    case "invalid_key":
      return `has the key ${JSON.stringify(issue.path.at(-1))}, which ${issue.issues[0]?.message ?? "does not fit"}`;
    case "invalid_union":
      return typeof issue.discriminator === "string"
        ? `${is}, which is none that this family has`
        : `${is}, which does not fit`;
    case "custom":
      return issue.message;
    default:
      return `${is}, which does not fit`;
  }
}

const words: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  tuple: "a list",
  object: "an object with keys, {…}",
  record: "an object with keys, {…}",
};

function counted(origin: string): string {
  return origin === "array" ? " items" : origin === "string" ? " characters" : "";
}

function described(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object") return `an object of ${Object.keys(value).length} keys`;
  const text = JSON.stringify(value) ?? String(value);
  const kind = typeof value === "number" ? "the number " : "";
  return `${kind}${text.length > 80 ? `${text.slice(0, 80)}…` : text}`;
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

/** Why a text is not JSON: cut off, or what stands where. */
export function notJson(text: string, cause: unknown): string {
  const message = cause instanceof Error ? cause.message : "";
  if (text.trim() === "") return "has nothing but white space; JSON was expected";
  if (/end of JSON input|Unterminated/i.test(message))
    return `is cut off: its JSON has no end after ${text.length} characters`;
  const position = Number(/position (\d+)/.exec(message)?.[1] ?? Number.NaN);
  if (!Number.isFinite(position)) {
    const start = text.trimStart().slice(0, 40).split("\n")[0] ?? "";
    return `is not JSON; it begins with ${JSON.stringify(start)}`;
  }
  if (position >= text.trimEnd().length) return `is cut off: its JSON has no end after ${text.length} characters`;
  const line = text.slice(0, position).split("\n").length;
  return `is not JSON: line ${line} has ${JSON.stringify(text.slice(position, position + 20).split("\n")[0])} where something else must stand`;
}
