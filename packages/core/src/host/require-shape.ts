import { z } from "zod";
import { type ErrorCode, ModelError } from "../contract/model-error.ts";
import { describeIssues, plainWords } from "../contract/schema-issue.ts";

/**
 * Holds what an application gave in code to its shape, as a file's would be.
 * @param what begins the message, for example "The plugin judges"
 * @throws ModelError naming each faulty key; a misspelt one comes with the nearest right one
 */
export function requireShape(
  schema: z.ZodType,
  value: unknown,
  what: string,
  code: ErrorCode,
  details: Readonly<Record<string, unknown>> = {},
): void {
  const result = schema.safeParse(value, { error: plainWords });
  if (result.success) return;
  const problems = describeIssues(schema, result.error, { whole: "what was given" });
  throw new ModelError(code, `${what} cannot be taken: ${problems.join("; ")}.`, { details: { ...details, problems } });
}

/** A function or class. */
export const functionSchema: z.ZodType = z.custom((value) => typeof value === "function", "must be a function");
