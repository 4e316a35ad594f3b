import { writeFile } from "node:fs/promises";
import { ModelError } from "@menagerie/core";

/** Writes a file that the caller named. @param what is written, for the message @throws `input_invalid` where it cannot be */
export async function writeOutput(what: string, file: string, content: string | Uint8Array): Promise<void> {
  try {
    await writeFile(file, content);
  } catch (cause) {
    throw new ModelError("input_invalid", `${what} cannot be written: ${(cause as Error).message}.`, {
      details: { file },
      cause,
    });
  }
}
