import type { z } from "zod";
import { canonicalJson } from "./canonical-json.ts";
import { describeIssues, plainWords } from "./schema-issue.ts";
import { type JsonSchema, mapped } from "./schema-shape.ts";

/** Defaults within defaults that are followed at most. */
const mostRounds = 20;

type Compile = (schema: JsonSchema, root: JsonSchema) => z.ZodType;

/**
 * The schema with each default as its own check gives it back, defaults within it filled in: what is read once and what
 * is read twice are then the same.
 * @returns beside it, the defaults that break their own schema
 */
export function withSettledDefaults(
  schema: JsonSchema,
  compile: Compile,
): { readonly settled: JsonSchema; readonly wrong: readonly string[] } {
  let settled = schema;
  for (let round = 0; round < mostRounds; round++) {
    const wrong: string[] = [];
    const root = settled;
    const next = mapped(root, "#", (inner, path) => {
      if (inner.default === undefined) return inner;
      const { default: given, ...bare } = inner;
      const check = compile(bare, root);
      const result = check.safeParse(given, { error: plainWords });
      if (result.success) return { ...inner, default: result.data };
      wrong.push(
        `${path}/default breaks its own schema: ${describeIssues(check, result.error, { whole: "the default" }).join("; ")}`,
      );
      return inner;
    });
    if (wrong.length > 0) return { settled, wrong };
    if (canonicalJson(next) === canonicalJson(settled)) return { settled, wrong };
    settled = next;
  }
  return { settled, wrong: ["# has defaults that hold one another without end"] };
}
