import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { systemError, type TaskField } from "@menagerie/core";

/** What a plain argument stands for: the bytes of a file, or its own words; "-" is standard input. @throws `input_invalid`, `system_error` */
export async function readInput(field: TaskField, name: string): Promise<unknown> {
  if (field.kind === "text") return name === "-" ? (await buffer(process.stdin)).toString("utf8") : name;
  if (name === "-") return new Uint8Array(await buffer(process.stdin));
  try {
    return new Uint8Array(await readFile(name));
  } catch (cause) {
    throw systemError(`${name} cannot be read`, cause, { code: "input_invalid", details: { file: name } });
  }
}
