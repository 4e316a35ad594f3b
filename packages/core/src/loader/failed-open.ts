import { isModelError, ModelError, toModelError } from "../contract/model-error.ts";

/**
 * What a loader or an engine threw, as an error that says whose it is; one with a code is left as it is.
 * @param who in words: `The loader "judge" of hive-judge`
 */
export function failedOpen(error: unknown, model: string, who: string): ModelError {
  const told = toModelError(error, "model_load_failed", model);
  if (isModelError(error) || told.code !== "model_load_failed") return told;
  return new ModelError(told.code, `${who} failed: ${told.message}`, { model, details: told.details, cause: error });
}
