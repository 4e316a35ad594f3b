import { randomUUID } from "node:crypto";
import { access, chmod, constants, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { systemError } from "@menagerie/core";

/**
 * Writes a file that the caller named: whole, or not at all. What stood there is replaced and not written into, so that another
 * name of it (a link) keeps what it had. @param what is written, for the message @throws `input_invalid`, `system_error` where it cannot be
 */
export async function writeOutput(what: string, file: string, content: string | Uint8Array): Promise<void> {
  try {
    if (await isReplaceable(file)) await replace(file, content);
    else await writeFile(file, content);
  } catch (cause) {
    throw systemError(`${what} cannot be written to ${file}`, cause, { code: "input_invalid", details: { file } });
  }
}

/** Pipes and terminals (/dev/stdout too, wherever it leads) are written to. @throws what the system says of a file that may not be changed */
async function isReplaceable(file: string): Promise<boolean> {
  if (/^\/(?:dev|proc)\//.test(resolve(file))) return false;
  const there = await stat(file).catch(() => undefined);
  if (there === undefined) return true;
  if (there.isFile()) await access(file, constants.W_OK);
  return there.isFile();
}

async function replace(file: string, content: string | Uint8Array): Promise<void> {
  const draft = join(dirname(file), `.${basename(file).slice(0, 40)}.${randomUUID()}`);
  const there = await stat(file).catch(() => undefined);
  try {
    await writeFile(draft, content, { flag: "wx" });
    if (there !== undefined) await chmod(draft, there.mode & 0o777);
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
