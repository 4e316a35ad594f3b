import { createHash, randomUUID } from "node:crypto";
import { constants, type FileHandle, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { isModelError, ModelError, systemError } from "@menagerie/core";
import { type ZooLock, zooLockText } from "@menagerie/core/host";
import { createTarPacker } from "modern-tar";
import { entryOf, lockEntry, specEntry } from "./bundle-layout.ts";

export interface ExportOptions {
  /** Where the archive is put once it is whole. */
  readonly file: string;
  /** The models to pack: each with all of its files. */
  readonly lock: ZooLock;
  /** Text of the zoo spec that goes with them. */
  readonly spec?: string | undefined;
  readonly modelsRoot: string;
  readonly signal?: AbortSignal | undefined;
  /** Told of the bytes of models that were packed. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

export interface Exported {
  readonly bytes: number;
  /** Lower-case hexadecimal, of the archive. */
  readonly sha256: string;
  readonly files: number;
}

const readBytes = 1 << 20;

/**
 * Packs models and their lock into one file, which another machine imports without network.
 * @throws `weights_digest_mismatch`, `weights_missing` for a file that is not the locked one; `system_error`; what the signal says
 */
export async function exportBundle(options: ExportOptions): Promise<Exported> {
  const beside = `${options.file}.${randomUUID()}.new`;
  let to: FileHandle | undefined;
  try {
    to = await open(beside, "wx");
    const exported = await written(to, options);
    await to.sync();
    await to.close();
    to = undefined;
    await rename(beside, options.file);
    return exported;
  } catch (error) {
    await to?.close().catch(() => {});
    await rm(beside, { force: true });
    if (isModelError(error) || options.signal?.aborted) throw error;
    throw systemError(`The bundle ${options.file} cannot be written`, error);
  }
}

async function written(to: FileHandle, options: ExportOptions): Promise<Exported> {
  const { readable, controller } = createTarPacker();
  const files = filesOf(options.lock);
  const hash = createHash("sha256");
  let bytes = 0;
  const packing = pack(controller, files, options);
  // What goes wrong there ends the reading below.
  packing.catch((error: unknown) => controller.error(error));
  for await (const chunk of Readable.fromWeb(readable as never)) {
    hash.update(chunk as Uint8Array);
    bytes += (chunk as Uint8Array).byteLength;
    await to.writeFile(chunk as Uint8Array);
  }
  await packing;
  return { bytes, sha256: hash.digest("hex"), files: files.length };
}

interface PackedFile {
  readonly model: string;
  readonly name: string;
  readonly path: string;
  readonly sha256: string;
  readonly size_bytes: number;
}

/** In the order of their paths; one that several models share is packed once. */
function filesOf({ models }: ZooLock): readonly PackedFile[] {
  const byPath = new Map<string, PackedFile>();
  for (const { model, artifacts } of models)
    for (const artifact of artifacts) {
      const other = byPath.get(artifact.path);
      if (other !== undefined && other.sha256 !== artifact.sha256) throw twoOf(artifact.path, other.model, model);
      byPath.set(artifact.path, { ...artifact, model });
    }
  return [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

type Packer = ReturnType<typeof createTarPacker>["controller"];

async function pack(
  to: Packer,
  files: readonly PackedFile[],
  { lock, spec, ...options }: ExportOptions,
): Promise<void> {
  await packText(to, lockEntry, zooLockText(lock));
  if (spec !== undefined) await packText(to, specEntry, spec);
  for (const file of files) await packFile(to, file, options);
  to.finalize();
}

async function packText(to: Packer, name: string, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  const writer = to.add({ name, size: bytes.byteLength, mtime: new Date(0) }).getWriter();
  await writer.write(bytes);
  await writer.close();
}

/** Reads the file once: what is packed is what was hashed. */
async function packFile(
  to: Packer,
  file: PackedFile,
  { modelsRoot, onBytes, signal }: Pick<ExportOptions, "modelsRoot" | "onBytes" | "signal">,
): Promise<void> {
  const location = join(modelsRoot, file.path);
  // A pipe of that name must not keep the caller waiting for somebody to write to it.
  await using from = await open(location, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch((cause: unknown) => {
    throw systemError(`${file.model}: ${location} cannot be read`, cause, {
      code: "weights_missing",
      model: file.model,
    });
  });
  const info = await from.stat();
  if (!info.isFile()) throw other(file, location, "it is no file");
  const { size } = info;
  if (size !== file.size_bytes) throw other(file, location, `it has ${size} bytes, and ${file.size_bytes} are locked`);
  const hash = createHash("sha256");
  const writer = to.add({ name: entryOf(file.path), size, mtime: new Date(0) }).getWriter();
  for (let at = 0; at < size; ) {
    signal?.throwIfAborted();
    const buffer = new Uint8Array(Math.min(readBytes, size - at));
    const { bytesRead } = await from.read(buffer, 0, buffer.byteLength, at);
    if (bytesRead === 0) throw other(file, location, "it became shorter while it was read");
    const read = buffer.subarray(0, bytesRead);
    hash.update(read);
    await writer.write(read);
    onBytes?.(bytesRead);
    at += bytesRead;
  }
  const actual = hash.digest("hex");
  if (actual !== file.sha256) throw other(file, location, `its sha256 is ${actual}, and ${file.sha256} is locked`);
  await writer.close();
}

function other({ model, name }: PackedFile, path: string, why: string): ModelError {
  return new ModelError(
    "weights_digest_mismatch",
    `${model}: the artifact "${name}" (${path}) is not the locked one: ${why}. Fetch it again, or lock it anew with \`zoo lock ${model}\`.`,
    { model, details: { artifact: name, path } },
  );
}

function twoOf(path: string, one: string, another: string): ModelError {
  return new ModelError(
    "zoo_spec_invalid",
    `${one} and ${another} have different files at ${path}, and one bundle has one: export them apart.`,
    { details: { path, models: [one, another] } },
  );
}
