import { type ErrorCode, ModelError } from "../contract/model-error.ts";
import { nearest } from "../contract/schema-issue.ts";

/** Options of a request for a share in a model, and of a question. */
export const getOptions: readonly string[] = ["signal", "deadlineMs", "priority", "keepAliveMs"];
export const askOptions: readonly string[] = [...getOptions, "onPart", "onRestart"];

/**
 * An option that is misspelt would be left out in silence.
 * @param what takes them, as the message names it
 * @throws ModelError naming the option and the nearest one that there is
 */
export function requireKnownOptions(
  options: unknown,
  known: readonly string[],
  what: string,
  code: ErrorCode = "input_invalid",
): void {
  const given = Object.prototype.toString.call(options).slice(8, -1);
  if (given !== "Object") {
    const message = `${what} takes its options as an object with ${known.join(", ")}; it was given ${given}.`;
    throw new ModelError(code, message, { details: { known } });
  }
  for (const key of Object.keys(options as object)) {
    if (known.includes(key) || (options as Record<string, unknown>)[key] === undefined) continue;
    const near = nearest(key, known);
    const hint = near === undefined ? `There are: ${known.join(", ")}.` : `Did you mean "${near}"?`;
    throw new ModelError(code, `${what} has no option "${key.slice(0, 100)}". ${hint}`, {
      details: { option: key, known },
    });
  }
}
