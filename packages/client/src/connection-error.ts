import { ModelError } from "@menagerie/core";

/** For a request that was never answered. */
export function unreachable(address: string, cause: unknown): ModelError {
  const code = systemCode(cause);
  const details = { url: address, ...(code === undefined ? {} : { errno: code }) };
  if (code !== undefined && !neverReached.includes(code)) return brokenConnection(address, cause);
  // A browser says nothing of the cause, and refuses what is not from its page's own server.
  const why = code === undefined ? ", or the browser lets this page reach no other server than its own" : ` (${code})`;
  return new ModelError(
    "zoo_closed",
    `No zoo answers at ${address}${why}. Start one with \`zoo serve\`, or correct the address.`,
    { details, cause },
  );
}

/** For a request that may have been heard. */
export function brokenConnection(address: string, cause?: unknown): ModelError {
  const code = systemCode(cause);
  const why = code === undefined ? "" : ` (${code})`;
  return new ModelError(
    "zoo_closed",
    `The connection to ${address} ended before the answer was whole${why}. The zoo may have heard the question: it is not asked again by itself.`,
    { details: { url: address, ...(code === undefined ? {} : { errno: code }) }, cause },
  );
}

/** For a request that is sent elsewhere. @param location where to; null where a browser does not say */
export function redirected(address: string, status: number, location: string | null): ModelError {
  const to = location === null ? "another address" : location.slice(0, 200);
  return new ModelError(
    "zoo_closed",
    `${address} sends its callers to ${to}, and a question is put to one address alone. Give the zoo's own address.`,
    { details: { url: address, status, ...(location === null ? {} : { location: to }) } },
  );
}

/** Codes of connections that never came to be: nobody heard anything. */
const neverReached = [
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
];

/** Node's fetch says "fetch failed" and puts what happened beneath it. */
function systemCode(thrown: unknown): string | undefined {
  for (let error = thrown, depth = 0; typeof error === "object" && error !== null && depth < 5; depth++) {
    const { code, cause, errors } = error as { code?: unknown; cause?: unknown; errors?: readonly unknown[] };
    if (typeof code === "string") return code;
    error = cause ?? errors?.[0];
  }
  return undefined;
}
