import { isModelError, ModelError } from "../contract/model-error.ts";

/** Errors that are looked at before the search ends; a chain that goes on for longer is made, not met. */
const mostErrors = 256;

/**
 * The `network_forbidden` that an error comes from, however it was wrapped on its way: `cause`, as `fetch` and plugins do,
 * or the `errors` of an AggregateError. A refusal that is told as `fetch failed` helps nobody.
 * @returns undefined for an error that has nothing to do with the network
 */
export function forbiddenNetworkIn(thrown: unknown): ModelError | undefined {
  const seen = new Set<unknown>([thrown]);
  for (const error of seen) {
    if (seen.size > mostErrors) return undefined;
    const found = asForbidden(error);
    if (found !== undefined) return error === thrown ? found : namedFor(thrown, found);
    // A set that grows while it is walked is walked to its end, and holds each error once, so a cycle ends.
    for (const inner of innerErrors(error)) seen.add(inner);
  }
  return undefined;
}

function asForbidden(error: unknown): ModelError | undefined {
  // The code is read first: whatever was thrown may be a proxy that answers nothing else.
  if (property(error, "code") === "network_forbidden" && isModelError(error)) return error;
  if (property(error, "code") !== "ERR_ACCESS_DENIED" || property(error, "permission") !== "Net") return undefined;
  const target = String(property(error, "resource") ?? "");
  return new ModelError(
    "network_forbidden",
    `Code in a runner tried to reach the network: ${target}. Node's permission model refused it. Runners work on local files only.`,
    { details: { target }, cause: error },
  );
}

/** The refusal with the model that the outer error names, and the outer error as its cause, so that its stack is kept. */
function namedFor(thrown: unknown, found: ModelError): ModelError {
  const model = isModelError(thrown) ? (thrown.model ?? found.model) : found.model;
  return new ModelError(found.code, found.message, {
    details: found.details,
    cause: thrown,
    ...(model === undefined ? {} : { model }),
  });
}

function innerErrors(error: unknown): unknown[] {
  const several = property(error, "errors");
  return [
    property(error, "cause"),
    ...(Array.isArray(several) ? several : []),
    // SuppressedError: what a failing disposal hid.
    property(error, "error"),
    property(error, "suppressed"),
  ].filter((inner) => typeof inner === "object" && inner !== null);
}

/** A property of whatever was thrown; a getter or proxy that throws has none. */
function property(of: unknown, name: string): unknown {
  if (typeof of !== "object" || of === null) return undefined;
  try {
    return (of as Record<string, unknown>)[name];
  } catch {
    return undefined;
  }
}
