import { CommanderError } from "commander";
import { endWithReader } from "./closed-output.ts";
import { fail } from "./output.ts";
import { createProgram } from "./program.ts";

/** Runs the command that the process was started with, and sets its exit code. */
export async function runProgram(): Promise<void> {
  endWithReader();
  const program = await createProgram();
  try {
    await program.parseAsync();
  } catch (error) {
    // Help and version end here as well, with 0; everything else that the parser refuses is wrong usage.
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
    else
      fail(error, {
        json: program.opts().json === true || process.argv.includes("--json"),
        debug: program.opts().debug === true,
      });
  }
}
