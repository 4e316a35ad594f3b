import { ModelError } from "../contract/model-error.ts";

/** What a refused function would have done, as its refusal says. */
export type Deed = "reach the network" | "start a process" | "start a thread" | "open an inspector";

/** How a function tells its caller: at once, or by the promise that it returns. */
export type Manner = "throws" | "rejects";

/**
 * A function or class that refuses every call.
 * @param call its name as a caller writes it, for example `dns.lookup`
 * @param remedy default: the deed's
 */
export function refusal(
  call: string,
  deed: Deed = "reach the network",
  manner: Manner = "throws",
  remedy: string = remedies[deed],
): Refusal {
  // A function, not an arrow: what is called with `new`, or extended, must refuse too.
  return function refused(...args: unknown[]): unknown {
    const error = refusalError(call, deed, describeTarget(args), remedy);
    if (manner === "rejects") return Promise.reject(error);
    throw error;
  };
}

export type Refusal = (...args: unknown[]) => unknown;

function refusalError(call: string, deed: Deed, target: string, remedy: string): ModelError {
  return new ModelError(
    "network_forbidden",
    `Code in a runner tried to ${deed}: ${[call, target].join(" ").trim()}. ${remedy}`,
    { details: { call, target } },
  );
}

const remedies: Readonly<Record<Deed, string>> = {
  "reach the network":
    "Runners work on local files only. Put the file beside the model's artifacts and declare it in local_artifacts of the ModelSpec.",
  "start a process": "It would have the network that its runner is denied. Do the work in the runner itself.",
  "start a thread": "It would have modules that no guard watches. Do the work in the runner's own thread.",
  "open an inspector": "It listens on the network, and it can undo the guard. Debug the plugin with `runner: inline`.",
};

/** Where a call would have gone, as far as its arguments say: `host:port`, a path, a URL, a command. */
function describeTarget(args: readonly unknown[]): string {
  // net.connect normalises its arguments into an array and hands that on.
  const first: unknown = Array.isArray(args[0]) ? args[0][0] : args[0];
  if (first instanceof URL) return withoutSecrets(first);
  if (typeof first === "object" && first !== null) {
    const { host, hostname, port, path, url } = first as Record<string, unknown>;
    return [host ?? hostname ?? path ?? url ?? "", port].filter(isWord).join(":");
  }
  if (typeof first === "string" && URL.canParse(first)) return withoutSecrets(new URL(first));
  return args.filter(isWord).join(":");
}

/** A URL's query and password may hold what must not stand in a log. */
function withoutSecrets(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}

function isWord(value: unknown): value is string | number {
  return (typeof value === "string" && value !== "") || typeof value === "number";
}
