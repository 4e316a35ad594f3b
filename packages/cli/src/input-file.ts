import { readFile, stat } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { ModelError, systemError } from "@menagerie/core";

/** The bytes of a file that the caller named; "-" is standard input. @throws `input_invalid`, `system_error` with the name and what to do */
export async function readInputFile(name: string): Promise<Uint8Array> {
  const refusal = (problem: string): ModelError =>
    new ModelError("input_invalid", problem, { details: { file: name } });
  if (name.trim() === "")
    throw refusal(`The name of a file is ${JSON.stringify(name)}. Name a file; a variable of the shell may be unset.`);
  if (name === "-") {
    const bytes = new Uint8Array(await buffer(process.stdin));
    if (bytes.byteLength > 0) return bytes;
    throw refusal("Standard input (-) ended without a byte. Pipe a file into it, or name the file in place of -.");
  }
  const bytes = await readFile(name).catch(async (cause: unknown) => {
    if (/^[a-z][a-z\d+.-]+:\/\//i.test(name) && !(await isThere(name)))
      throw refusal(`${name} is an address, and zoo run reads files alone. Fetch it first: curl -LO ${name}`);
    throw systemError(`${name} cannot be read`, cause, { code: "input_invalid", details: { file: name } });
  });
  if (bytes.byteLength === 0) throw refusal(`${name} is empty: it has 0 bytes. Was it written to its end?`);
  return new Uint8Array(bytes);
}

function isThere(name: string): Promise<boolean> {
  return stat(name).then(
    () => true,
    () => false,
  );
}
