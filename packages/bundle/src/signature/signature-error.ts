import { ModelError } from "@menagerie/core";

/** @param why in words, without a full stop */
export function signatureError(
  why: string,
  details: Readonly<Record<string, unknown>> = {},
  cause?: unknown,
): ModelError {
  return new ModelError("signature_invalid", `The signature does not hold: ${why}.`, { details, cause });
}
