import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { systemError, type TaskField } from "@menagerie/core";
import { type RawPcm, rawPcmAsWav } from "./raw-pcm.ts";

/**
 * What a plain argument stands for: the bytes of a file, or its own words; "-" is standard input.
 *
 * @param raw what the bytes are, where they are raw samples of a recording
 * @throws `input_invalid`, `system_error`
 */
export async function readInput(field: TaskField, name: string, raw?: RawPcm): Promise<unknown> {
  if (field.kind === "text") return name === "-" ? (await buffer(process.stdin)).toString("utf8") : name;
  const bytes = await readBytes(name);
  return raw === undefined ? bytes : rawPcmAsWav(bytes, raw);
}

async function readBytes(name: string): Promise<Uint8Array> {
  if (name === "-") return new Uint8Array(await buffer(process.stdin));
  try {
    return new Uint8Array(await readFile(name));
  } catch (cause) {
    throw systemError(`${name} cannot be read`, cause, { code: "input_invalid", details: { file: name } });
  }
}
