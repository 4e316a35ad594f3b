import { type BigIntStats, close, closeSync, constants, existsSync, fstat, open } from "node:fs";
import { lstat, stat } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { type ArtifactDigest, algorithmOf, type DigestAlgorithm } from "../contract/artifact-digest.ts";
import { ModelError } from "../contract/model-error.ts";
import { type DigestFile, digestsOf, type FileDigests, type OnBytes } from "./file-digests.ts";

/** Identity of a file's bytes as the file system keeps it: any write changes it, and so does renaming or linking the file. */
export type FileStamp = string;

/** What was known of a file before: its digests when it had that stamp. */
export interface KnownDigest extends FileDigests {
  readonly stamp: FileStamp;
}

export interface OpenOptions {
  readonly known?: KnownDigest | undefined;
  /** Digest to take beside the sha256. */
  readonly beside?: DigestAlgorithm | undefined;
  /** Takes the digests; default: this thread does. */
  readonly digest?: DigestFile | undefined;
  readonly onBytes?: OnBytes | undefined;
}

// ctime moves with every change of bytes or permissions and cannot be set back without privileges.
export function stampOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): FileStamp {
  return `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`;
}

/** Where a process finds its own descriptors as files that can be opened; Linux alone has it. */
const descriptors: string | undefined = existsSync("/proc/self/fd") ? "/proc/self/fd" : undefined;

const [openFile, closeFile, statOpen] = [promisify(open), promisify(close), promisify(fstat)];

/**
 * A file that was opened once, and whose digest and stamp were taken through that one descriptor. On Linux `path` leads
 * to the descriptor, so whatever happens to the file's name afterwards, its reader gets the bytes that were hashed.
 * Elsewhere `path` is the name, and `assertUnchanged` tells whether it still leads to them.
 */
export class VerifiedFile implements Disposable {
  /** Absolute path that it was found under: for messages, and for its place among other files. */
  readonly location: string;
  /** Path to open it by, valid in this process until it is disposed. */
  readonly path: string;
  readonly stamp: FileStamp;
  /** Lower-case hexadecimal sha256 of its bytes. */
  readonly sha256: string;
  /** The digest that was asked for beside it. */
  readonly other: ArtifactDigest | undefined;
  readonly bytes: number;
  readonly #descriptor: number;
  #isOpen = true;

  private constructor(location: string, descriptor: number, bytes: number, { stamp, sha256, other }: KnownDigest) {
    this.location = location;
    this.path = descriptors === undefined ? location : `${descriptors}/${descriptor}`;
    this.stamp = stamp;
    this.sha256 = sha256;
    this.other = other;
    this.bytes = bytes;
    this.#descriptor = descriptor;
  }

  /** What is to be remembered of it. */
  get known(): KnownDigest {
    const { stamp, sha256, other } = this;
    return { stamp, sha256, ...(other === undefined ? {} : { other }) };
  }

  /**
   * Opens a regular file and takes its digests; not read where its stamp is the known one.
   * @throws the system's errors; `weights_digest_mismatch` if it changes while it is read
   */
  static async open(location: string, options: OpenOptions = {}): Promise<VerifiedFile> {
    // A pipe of that name must not keep the caller waiting for somebody to write to it.
    const descriptor = await openFile(location, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const info = await statOpen(descriptor, { bigint: true });
      if (!info.isFile()) throw new Error(`${location} is not a regular file`);
      const bytes = Number(info.size);
      const stamp = stampOf(info);
      const digests = knownAs(stamp, options) ?? (await digestsTaken(descriptor, options));
      const file = new VerifiedFile(location, descriptor, bytes, { ...digests, stamp });
      await file.assertUnchanged();
      return file;
    } catch (error) {
      await closeFile(descriptor);
      throw error;
    }
  }

  /**
   * To be asked after the file was read: device, inode, size and times are what they were when it was verified.
   * @param places other paths that it was read by, each of which must lead to it
   * @throws `weights_digest_mismatch`
   */
  async assertUnchanged(places: readonly string[] = []): Promise<void> {
    const paths = descriptors === undefined ? [this.location, ...places] : places;
    const seen = [
      await statOpen(this.#descriptor, { bigint: true }),
      ...(await Promise.all(paths.map((path) => stat(path, { bigint: true }).catch(() => undefined)))),
    ].map((info) => (info === undefined ? "gone" : stampOf(info)));
    const other = seen.find((stamp) => stamp !== this.stamp);
    if (other === undefined) return;
    throw changedMeanwhile(this.location, this.stamp, other);
  }

  [Symbol.dispose](): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    closeSync(this.#descriptor);
  }
}

/**
 * Lets `read` open a file that finds others beside it by their names, as a graph does its external weights. The folder is
 * held open, and every name in it must lead to the verified file before and after: a rename moves the change time of the
 * file that it displaces, so that neither a replacement nor one that is put back goes unseen.
 * @param others files that are found relative to the first
 * @param read given the path to open the first by
 * @param undo gives back what `read` made of bytes that turn out to be others
 * @throws `weights_digest_mismatch`
 */
export async function readInPlace<T>(
  first: VerifiedFile,
  others: readonly VerifiedFile[],
  read: (path: string) => Promise<T>,
  undo: (result: T) => PromiseLike<void>,
): Promise<T> {
  if (others.length === 0)
    return checkedAfter(
      () => read(first.path),
      () => first.assertUnchanged(),
      undo,
    );
  const folder = dirname(first.location);
  const descriptor = descriptors === undefined ? undefined : await openFile(folder, constants.O_RDONLY);
  const root = descriptor === undefined ? folder : `${descriptors}/${descriptor}`;
  const placed = [first, ...others].map((file) => [file, join(root, relative(folder, file.location))] as const);
  const stampOfName = async (path: string): Promise<FileStamp> =>
    lstat(path, { bigint: true }).then(stampOf, () => "gone");
  const names = (): Promise<FileStamp[]> => Promise.all(placed.map(([, path]) => stampOfName(path)));
  const check = async (): Promise<void> => {
    for (const [file, path] of placed) await file.assertUnchanged([path]);
  };
  try {
    await check();
    const before = await names();
    return await checkedAfter(
      () => read(join(root, basename(first.location))),
      async () => {
        await check();
        // A name may be a link, which can be pointed elsewhere and back without a trace on either file.
        for (const [i, stamp] of (await names()).entries())
          if (stamp !== before[i]) throw changedMeanwhile(placed[i]?.[0].location ?? root, before[i] ?? "", stamp);
      },
      undo,
    );
  } finally {
    if (descriptor !== undefined) await closeFile(descriptor);
  }
}

function changedMeanwhile(location: string, expected: FileStamp, actual: FileStamp): ModelError {
  return new ModelError(
    "weights_digest_mismatch",
    `${location} was changed or replaced while it was being read. Load the model again once nobody writes to it.`,
    { details: { path: location, expected, actual } },
  );
}

async function checkedAfter<T>(
  read: () => Promise<T>,
  check: () => Promise<void>,
  undo: (result: T) => PromiseLike<void>,
): Promise<T> {
  const result = await read();
  try {
    await check();
  } catch (error) {
    await undo(result);
    throw error;
  }
  return result;
}

function knownAs(stamp: FileStamp, { known, beside }: OpenOptions): FileDigests | undefined {
  if (known?.stamp !== stamp) return undefined;
  const isWhole = beside === undefined || (known.other !== undefined && algorithmOf(known.other) === beside);
  return isWhole ? known : undefined;
}

function digestsTaken(descriptor: number, { beside, digest = digestsOf, onBytes }: OpenOptions): Promise<FileDigests> {
  return digest(descriptor, beside, onBytes);
}
