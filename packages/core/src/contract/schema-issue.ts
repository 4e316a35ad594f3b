import { z } from "zod";

/**
 * One line for each complaint of a schema; an unknown key comes with the nearest key that is known there.
 * @param within path of the value in its document; default: it is the document
 */
export function describeIssues(schema: z.ZodType, error: z.ZodError, within = ""): string[] {
  return error.issues.map((issue) => describeIssue(schema, issue, within));
}

function describeIssue(schema: z.ZodType, issue: z.core.$ZodIssue, within: string): string {
  const path = [...(within === "" ? [] : [within]), ...issue.path.map(String)].join(".");
  if (issue.code !== "unrecognized_keys") {
    const message = issue.code === "invalid_key" ? (issue.issues[0]?.message ?? issue.message) : issue.message;
    return `${path === "" ? "the document" : `"${path}"`}: ${message}`;
  }
  const known = keysAt(schema, issue.path);
  return issue.keys
    .map((key) => {
      const near = nearest(key, known);
      const hint = near === undefined ? `known there: ${known.join(", ")}` : `did you mean "${near}"?`;
      return `unknown key "${[...(path === "" ? [] : [path]), key].join(".")}" (${hint})`;
    })
    .join("; ");
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

/** The known word with the smallest edit distance, if that is at most a third of the word. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  // Whoever sends a text of megabytes has not mistyped a name.
  if (word.length > longestWord) return undefined;
  const ranked = known.map((candidate) => ({ candidate, distance: editDistance(word, candidate) }));
  const best = ranked.sort((a, b) => a.distance - b.distance)[0];
  return best !== undefined && best.distance <= Math.max(1, Math.floor(word.length / 3)) ? best.candidate : undefined;
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
