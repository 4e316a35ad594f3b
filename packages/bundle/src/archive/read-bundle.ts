import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { isModelError, ModelError, systemError } from "@menagerie/core";
import { type LockedArtifact, parseZooLock, type ZooLock } from "@menagerie/core/host";
import { createTarDecoder, type ParsedTarEntry } from "modern-tar";
import { entryOf, lockEntry, longestText, pathIn, specEntry } from "./bundle-layout.ts";

/** A bundle whose every file was read and is the one that its lock says. */
export interface CheckedBundle {
  readonly lock: ZooLock;
  /** Text of the zoo spec that goes with it. */
  readonly spec: string | undefined;
  /** By path. */
  readonly files: ReadonlyMap<string, LockedArtifact>;
}

export interface ReadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told of the bytes of models that were read. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/**
 * Reads all of a bundle and writes nothing.
 * @throws `weights_digest_mismatch` for a file that is not the locked one; `input_invalid` for what is no bundle; `system_error`
 */
export async function checkedBundle(file: string, options: ReadOptions = {}): Promise<CheckedBundle> {
  try {
    return await readAll(file, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw unreadable(file, error);
  }
}

async function readAll(file: string, { signal, onBytes }: ReadOptions): Promise<CheckedBundle> {
  let lock: ZooLock | undefined;
  let spec: string | undefined;
  let files: ReadonlyMap<string, LockedArtifact> = new Map();
  const seen = new Set<string>();
  for await (const { header, body } of entriesOf(file, signal)) {
    const { name } = header;
    if (header.type !== "file") throw noBundle(file, `"${name}" in it is no file`);
    if (seen.has(name)) throw noBundle(file, `it has "${name}" twice`);
    seen.add(name);
    if (lock === undefined) {
      if (name !== lockEntry)
        throw noBundle(file, `it begins with "${name}", and a bundle begins with its ${lockEntry}`);
      lock = parseZooLock(await textIn(file, name, body), `${lockEntry} of ${file}`);
      files = filesOf(lock, file);
      continue;
    }
    if (name === specEntry) {
      spec = await textIn(file, name, body);
      continue;
    }
    const path = pathIn(name);
    const locked = path === undefined ? undefined : files.get(path);
    if (locked === undefined) throw noBundle(file, `its lock does not know "${name}"`);
    if (header.size !== locked.size_bytes)
      throw noBundle(file, `"${name}" has ${header.size} bytes, and its lock says ${locked.size_bytes}`);
    const actual = await digestIn(body, onBytes);
    if (actual !== locked.sha256) throw other(file, name, locked.sha256, actual);
  }
  if (lock === undefined) throw noBundle(file, "it is empty");
  for (const path of files.keys())
    if (!seen.has(entryOf(path))) throw noBundle(file, `it lacks ${path}; it was not copied whole`);
  return { lock, spec, files };
}

/** What is in a bundle, in its order. Each body is to be read or cancelled before the next. */
export async function* entriesOf(file: string, signal?: AbortSignal): AsyncGenerator<ParsedTarEntry> {
  const bytes = createReadStream(file, { highWaterMark: 1 << 20, ...(signal === undefined ? {} : { signal }) });
  try {
    const entries = Readable.toWeb(bytes).pipeThrough(createTarDecoder({ strict: true }) as never);
    for await (const entry of entries as unknown as AsyncIterable<ParsedTarEntry>) yield entry;
  } catch (error) {
    signal?.throwIfAborted();
    throw unreadable(file, error);
  } finally {
    bytes.destroy();
  }
}

function unreadable(file: string, error: unknown): ModelError {
  if (isModelError(error)) return error;
  if (error instanceof Error && "syscall" in error) return systemError(`The bundle ${file} cannot be read`, error);
  return noBundle(file, "it is no tar archive, or was not copied whole", error);
}

/** @throws `input_invalid` where two models have different files at one path */
function filesOf({ models }: ZooLock, file: string): ReadonlyMap<string, LockedArtifact> {
  const files = new Map<string, LockedArtifact>();
  for (const artifact of models.flatMap(({ artifacts }) => artifacts)) {
    const same = files.get(artifact.path);
    if (same !== undefined && (same.sha256 !== artifact.sha256 || same.size_bytes !== artifact.size_bytes))
      throw noBundle(file, `its lock has two digests or sizes of ${artifact.path}`);
    files.set(artifact.path, artifact);
  }
  return files;
}

async function textIn(file: string, name: string, body: ReadableStream<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.byteLength;
    if (length > longestText) throw noBundle(file, `its ${name} is longer than ${longestText} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

async function digestIn(body: ReadableStream<Uint8Array>, onBytes: ReadOptions["onBytes"]): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of body) {
    hash.update(chunk);
    onBytes?.(chunk.byteLength);
  }
  return hash.digest("hex");
}

function other(file: string, name: string, expected: string, actual: string): ModelError {
  return new ModelError(
    "weights_digest_mismatch",
    `${name} in ${file} is not the file that the bundle's lock says: its sha256 is ${actual}, locked is ${expected}. ` +
      "It was changed or damaged on its way; copy the bundle again. Nothing was written.",
    { details: { file, entry: name, expected, actual } },
  );
}

function noBundle(file: string, why: string, cause?: unknown): ModelError {
  return new ModelError(
    "input_invalid",
    `${file} is no bundle of models: ${why}. Make one with \`zoo bundle export\`. Nothing was written.`,
    { details: { file }, ...(cause === undefined ? {} : { cause }) },
  );
}
