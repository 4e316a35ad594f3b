import { stat } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { holdsBytes, type JsonSchema, type TaskField } from "@menagerie/core";
import { fieldValue, jsonValue } from "./field-value.ts";
import { readInputFile } from "./input-file.ts";
import { type RawPcm, rawPcmAsWav } from "./raw-pcm.ts";

/**
 * What a plain argument stands for: the bytes of a file, its own words, or JSON (a file of it, with or without `@`); "-" is
 * standard input.
 *
 * @param root schema of the task's input
 * @param raw what the bytes are, where they are raw samples of a recording
 * @throws `input_invalid`, `system_error`, InvalidArgumentError
 */
export async function readInput(field: TaskField, name: string, root: JsonSchema, raw?: RawPcm): Promise<unknown> {
  if (holdsBytes(field)) {
    const bytes = await readInputFile(name);
    return raw === undefined ? bytes : rawPcmAsWav(bytes, raw);
  }
  const text = name === "-" ? (await buffer(process.stdin)).toString("utf8") : name;
  if (field.kind === "text") return text;
  if (field.kind !== "value") return fieldValue(field, [text], root);
  const isFile = name !== "-" && !/^\s*[@[{"]/.test(name) && (await isThere(name));
  return jsonValue(isFile ? `@${name}` : text, { ...field.schema, $defs: root.$defs });
}

function isThere(name: string): Promise<boolean> {
  return stat(name).then(
    (info) => info.isFile(),
    () => false,
  );
}
