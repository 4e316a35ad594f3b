import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { ModelError, type TaskField } from "@menagerie/core";

/** What a plain argument stands for: the bytes of a file, or its own words; "-" is standard input. @throws `input_invalid` */
export async function readInput(field: TaskField, name: string): Promise<unknown> {
  if (field.kind === "text") return name === "-" ? (await buffer(process.stdin)).toString("utf8") : name;
  if (name === "-") return new Uint8Array(await buffer(process.stdin));
  try {
    return new Uint8Array(await readFile(name));
  } catch (cause) {
    const reason =
      (cause as NodeJS.ErrnoException).code === "ENOENT" ? "there is no such file" : (cause as Error).message;
    throw new ModelError("input_invalid", `${name} cannot be read: ${reason}.`, { details: { file: name }, cause });
  }
}
