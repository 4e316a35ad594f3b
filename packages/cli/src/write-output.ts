import { writeFile } from "node:fs/promises";
import { systemError } from "@menagerie/core";

/** Writes a file that the caller named. @param what is written, for the message @throws `input_invalid`, `system_error` where it cannot be */
export async function writeOutput(what: string, file: string, content: string | Uint8Array): Promise<void> {
  try {
    await writeFile(file, content);
  } catch (cause) {
    throw systemError(`${what} cannot be written to ${file}`, cause, { code: "input_invalid", details: { file } });
  }
}
