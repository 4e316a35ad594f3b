import { fileURLToPath } from "node:url";

/** Frames that are looked at: those of this package that lie between, and the one beyond. */
const frames = 6;

/**
 * The place in code that called a function of ours: as `file:line:column`, worked out when it is asked for; undefined where none
 * is known. To note it takes some microseconds.
 * @param below the function whose callers are meant
 */
export function callSite(below: (...args: never[]) => unknown): () => string | undefined {
  const limit = Error.stackTraceLimit;
  const noted: { stack?: string } = {};
  Error.stackTraceLimit = frames;
  Error.captureStackTrace(noted, below);
  Error.stackTraceLimit = limit;
  return () =>
    noted.stack
      ?.split("\n")
      .slice(1)
      .map(placeIn)
      .find((place) => place !== undefined);
}

/** Undefined for a frame of this package, and of Node. */
function placeIn(line: string): string | undefined {
  const place = /\(?((?:file:\/\/)?\/[^()]+:\d+:\d+|[A-Za-z]:\\[^()]+:\d+:\d+)\)?$/.exec(line.trim())?.[1];
  if (place === undefined) return undefined;
  const path = place.replace(/^file:\/\//, "");
  const own = fileURLToPath(new URL("..", import.meta.url));
  return path.startsWith(own) && !/\.test\.ts:/.test(path) ? undefined : path;
}
