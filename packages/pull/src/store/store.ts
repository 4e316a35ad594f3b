import { createHash, randomUUID } from "node:crypto";
import {
  chmod,
  copyFile,
  constants as fsConstants,
  link,
  lstat,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { isAbsent, isModelError, ModelError, systemError } from "@menagerie/core";
import type { RemoteFile } from "../sources/source.ts";
import { type Digests, digestsOf } from "../transfer/digests.ts";
import { discardPart, PartFile, receivedBefore } from "../transfer/part-file.ts";
import { type TransferOptions, transferFile } from "../transfer/transfer-file.ts";
import { HeldLock, type LockTimes } from "./held-lock.ts";
import { makeFolder } from "./make-folder.ts";
import { requireItself } from "./require-itself.ts";
import { isInItsPlace } from "./taken-place.ts";

/** Folder of the store in the folder of models. */
export const storeFolder = ".store";

export interface BringOptions extends Omit<TransferOptions, "assertHeld"> {
  /** The digest that it must have, where somebody knows it. */
  readonly sha256?: string | undefined;
  readonly pieceBytes?: number | undefined;
  readonly lockTimes?: LockTimes | undefined;
  /** Another process is fetching the same file: it is waited for. */
  readonly onWait?: (() => void) | undefined;
}

export interface Brought {
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Where its bytes are from: they were here already, in another program's cache, or were fetched. */
  readonly from: "store" | "cache" | "source";
}

/**
 * The files of models under one root: each once, by the digest of its bytes (`.store/sha256/ab/ab…`), and under the names that specs give
 * them, as further links to the same file. Half files lie in `.store/incoming`. Several processes may use it at once.
 */
export class Store {
  readonly root: string;

  constructor(root: string) {
    this.root = resolve(root);
  }

  /** Where a file of that digest lies, if it is there. */
  blob(sha256: string): string {
    return join(this.root, storeFolder, "sha256", sha256.slice(0, 2), sha256);
  }

  get incoming(): string {
    return join(this.root, storeFolder, "incoming");
  }

  /** Whether the store has that file; its bytes are read. One that was damaged is removed. */
  async has(sha256: string, signal?: AbortSignal): Promise<boolean> {
    const path = this.blob(sha256);
    const digests = await digestsOf(path, signal).catch((error: unknown) => {
      if (isAbsent(error)) return undefined;
      signal?.throwIfAborted();
      throw systemError(`${path} cannot be read`, error);
    });
    if (digests?.sha256 === sha256) return true;
    if (digests !== undefined) await rm(path, { force: true });
    return false;
  }

  /** Bytes of a file that an earlier pull has brought. */
  received(file: RemoteFile): Promise<number> {
    return receivedBefore(this.incoming, partName(file), file.identity, file.sizeBytes);
  }

  /**
   * Has a file in the store: what is here is not fetched, what is fetched is verified before it counts.
   * @throws `weights_digest_mismatch`, `source_*`, `system_error`, an `AbortError`: what has arrived is kept, but for bytes that are wrong
   *   or are not the file itself
   */
  async bring(file: RemoteFile, options: BringOptions): Promise<Brought> {
    const name = partName(file);
    const here = async (): Promise<Brought | undefined> => {
      const known = options.sha256 ?? (await this.#knownAs(file, name));
      if (known === undefined || !(await this.has(known, options.signal))) return undefined;
      return { sha256: known, sizeBytes: file.sizeBytes, from: "store" };
    };
    const found = await here();
    if (found !== undefined) return found;
    const turn = join(this.incoming, `${name}.lock`);
    await using lock = await HeldLock.take(turn, options.signal, options.onWait ?? (() => {}), options.lockTimes);
    return (
      (await here()) ?? (await this.#fromCache(file, name, options)) ?? (await this.#fetch(file, name, lock, options))
    );
  }

  /**
   * Gives a file of the store the name that a spec has for it.
   * @param isReplaced whether what is there of other bytes gives way
   * @throws `artifact_outside_root`; `weights_digest_mismatch` for other bytes, `weights_missing` for a link that leads nowhere, which stay; `system_error`
   */
  async place(sha256: string, path: string, isReplaced: boolean): Promise<void> {
    const target = await this.target(path);
    const blob = this.blob(sha256);
    if (await isOneFile(blob, target)) return;
    if (!isReplaced && (await isInItsPlace(target, sha256))) return;
    const beside = `${target}.${randomUUID()}.new`;
    try {
      await link(blob, beside).catch((error: unknown) => copied(error, blob, beside));
      await rename(beside, target);
    } catch (error) {
      await rm(beside, { force: true });
      throw systemError(`${target} cannot be written`, error);
    }
  }

  /** The sha256 of what lies under a name. @throws `system_error` */
  async digestInPlace(path: string): Promise<string> {
    const target = await this.target(path);
    return digestsOf(target).then(
      ({ sha256 }) => sha256,
      (error: unknown) => Promise.reject(systemError(`${target} cannot be read`, error)),
    );
  }

  /** The absolute path of a name in the root, its folders made. @throws `artifact_outside_root` also where a link leads out */
  async target(path: string): Promise<string> {
    const target = resolve(this.root, path);
    const folder = dirname(target);
    requireInside(this.root, target, path);
    if (relative(this.root, target).split(sep)[0] === storeFolder)
      throw outside(path, `${storeFolder} is the store's own`);
    try {
      await this.#makeFolder(folder, path);
    } catch (error) {
      throw isModelError(error) ? error : systemError(`The folder ${folder} cannot be made`, error);
    }
    return target;
  }

  async #makeFolder(folder: string, path: string): Promise<void> {
    await makeFolder(this.root);
    const root = await realpath(this.root);
    // The nearest folder that is there is looked at before any is made in it.
    let above = folder;
    while ((await lstat(above).catch(() => undefined)) === undefined) above = dirname(above);
    requireInside(root, join(await realpath(above), "x"), path);
    await makeFolder(folder);
  }

  /** The digest that a file turned out to have, where its source knows it by another. */
  async #knownAs({ digest }: RemoteFile, name: string): Promise<string | undefined> {
    if (digest === undefined || digest.algorithm === "sha256") return digest?.hex;
    const noted = await readFile(this.#note(name), "utf8").catch(() => "");
    if (!/^[0-9a-f]{64}$/.test(noted)) return undefined;
    const digests = await digestsOf(this.blob(noted)).catch(() => undefined);
    return digests?.gitSha1 === digest.hex ? noted : undefined;
  }

  #note(name: string): string {
    return join(this.root, storeFolder, "known", name);
  }

  async #fromCache(file: RemoteFile, name: string, options: BringOptions): Promise<Brought | undefined> {
    if (file.localCopy === undefined) return undefined;
    const part = join(this.incoming, `${name}.cached`);
    try {
      await copyFile(file.localCopy, part, fsConstants.COPYFILE_FICLONE);
      const digests = await digestsOf(part, options.signal);
      if (mismatch(file, options.sha256, digests) !== undefined) return undefined;
      await this.#keep(part, digests.sha256);
      return { sha256: digests.sha256, sizeBytes: file.sizeBytes, from: "cache" };
    } catch (error) {
      options.signal?.throwIfAborted();
      // A copy that cannot be read is no reason to fail: the source has the file.
      if ((error as NodeJS.ErrnoException).code === "ENOSPC")
        throw systemError(`${options.what} cannot be copied`, error);
      return undefined;
    } finally {
      await rm(part, { force: true });
    }
  }

  async #fetch(file: RemoteFile, name: string, lock: HeldLock, options: BringOptions): Promise<Brought> {
    const part = await PartFile.open(this.incoming, name, file.identity, file.sizeBytes, options.pieceBytes).catch(
      (error: unknown) => Promise.reject(systemError(`${options.what} cannot be written to ${this.incoming}`, error)),
    );
    await using _ = part;
    const { sha256, gitSha1 } = await transferFile(file, part, {
      ...options,
      assertHeld: () => lock.assertHeld(),
    }).catch(async (error: unknown) => {
      // Of a file that has become another, what was brought is of no use.
      if (part.receivedBytes === 0 || (error as Partial<ModelError>).code === "source_changed") await part.discard();
      throw error;
    });
    const wrong = mismatch(file, options.sha256, { sha256, gitSha1 });
    if (wrong !== undefined) {
      await part.discard();
      throw new ModelError(
        "weights_digest_mismatch",
        `${options.what} arrived with other bytes than were promised: ${wrong.algorithm} ${wrong.actual}, expected ${wrong.expected}. It was thrown away; pull again, or from another place (--from).`,
        { details: { path: file.path, ...wrong } },
      );
    }
    await requireItself(file, part.path, options).catch(async (error: unknown) => {
      await part.discard();
      throw error;
    });
    lock.assertHeld();
    await part.sync();
    await part[Symbol.asyncDispose]();
    await this.#keep(part.path, sha256);
    await discardPart(part.path);
    if (file.digest?.algorithm === "git-sha1") await this.#remember(name, sha256);
    return { sha256, sizeBytes: file.sizeBytes, from: "source" };
  }

  /** A note that cannot be written costs a small file one more fetch. */
  async #remember(name: string, sha256: string): Promise<void> {
    const beside = `${this.#note(name)}.${randomUUID()}.new`;
    try {
      await makeFolder(dirname(beside));
      await writeFile(beside, sha256);
      await rename(beside, this.#note(name));
    } catch {
      await rm(beside, { force: true });
    }
  }

  /** Moves a verified file to its place by digest; read-only, since several names share it. */
  async #keep(path: string, sha256: string): Promise<void> {
    const blob = this.blob(sha256);
    try {
      await chmod(path, 0o444);
      await makeFolder(dirname(blob));
      // One that is there has names already, which are to stay names of one file.
      if (await this.has(sha256)) await rm(path);
      else await rename(path, blob);
    } catch (error) {
      throw systemError(`${blob} cannot be written`, error);
    }
  }
}

/** Name of a file while it arrives: the same for the same bytes, whatever spec wants them. */
function partName(file: RemoteFile): string {
  return createHash("sha256").update(file.identity).digest("hex").slice(0, 32);
}

export interface Mismatch {
  readonly algorithm: string;
  readonly expected: string;
  readonly actual: string;
}

/** What is wrong with bytes, by what the spec or lock and what the source say. */
function mismatch(
  { digest }: RemoteFile,
  pinned: string | undefined,
  { sha256, gitSha1 }: { readonly sha256: Digests["sha256"]; readonly gitSha1: string | undefined },
): Mismatch | undefined {
  const actual = digest?.algorithm === "git-sha1" ? gitSha1 : sha256;
  if (digest !== undefined && actual !== undefined && actual !== digest.hex)
    return { algorithm: digest.algorithm, expected: digest.hex, actual };
  if (pinned !== undefined && sha256 !== pinned) return { algorithm: "sha256", expected: pinned, actual: sha256 };
  return undefined;
}

async function isOneFile(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([one, other].map((path) => stat(path, { bigint: true }).catch(() => undefined)));
  return a !== undefined && b !== undefined && a.ino === b.ino && a.dev === b.dev;
}

/** File systems without links get a copy. */
async function copied(error: unknown, from: string, to: string): Promise<void> {
  const { code } = error as NodeJS.ErrnoException;
  if (!["EPERM", "EXDEV", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"].includes(code ?? "")) throw error;
  await copyFile(from, to, fsConstants.COPYFILE_FICLONE);
}

function requireInside(root: string, target: string, path: string): void {
  const inside = relative(root, target);
  if (inside === "" || inside === ".." || inside.startsWith(`..${sep}`) || resolve(root, inside) !== target)
    throw outside(path, `it leaves ${root}`);
}

function outside(path: string, why: string): ModelError {
  return new ModelError("artifact_outside_root", `${path} is no place for a file of a model: ${why}.`, {
    details: { path },
  });
}
