import { systemError } from "@menagerie/core";
import { endAtOnce } from "./end-at-once.ts";

/** What a shell reports of a command that SIGPIPE ended: 128 and the signal's number. */
const readerLeft = 141;

/**
 * Ends the command quietly once nobody reads what it prints, as `zoo ls | head -1` does. Node ignores SIGPIPE and raises
 * an error instead, which nobody could catch where it belongs. What goes to a closed standard error is lost.
 */
export function endWithReader(): void {
  process.stdout.on("error", stop);
  process.stderr.on("error", ignore);
}

/** From here on the process goes on without a reader: a server has other things to do than print. */
export function outliveReader(): void {
  process.stdout.off("error", stop).on("error", ignore);
}

/**
 * Does work whose files were asked for: a standard output that fails meanwhile ends the command once they are written, not before.
 * What is printed after that is lost.
 */
export async function inSpiteOfReader<Result>(work: () => Promise<Result>): Promise<Result> {
  let failed: NodeJS.ErrnoException | undefined;
  const note = (error: NodeJS.ErrnoException): void => {
    failed ??= error;
  };
  process.stdout.off("error", stop).on("error", note);
  try {
    return await work();
  } finally {
    // An error of the last line comes after it.
    await new Promise((resolve) => setImmediate(resolve));
    process.stdout.off("error", note).on("error", stop);
    if (failed !== undefined) stop(failed);
  }
}

function stop(error: NodeJS.ErrnoException): never {
  if (error.code === "EPIPE") endAtOnce(readerLeft);
  const { code, message } = systemError("Standard output cannot be written", error);
  process.stderr.write(`error ${code}: ${message}\n`);
  return endAtOnce(1);
}

function ignore(): void {}
