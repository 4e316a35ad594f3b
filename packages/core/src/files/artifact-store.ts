import { stat } from "node:fs/promises";
import { relative, resolve, sep } from "node:path";
import { algorithmOf } from "../contract/artifact-digest.ts";
import { aboutModel, isModelError, ModelError } from "../contract/model-error.ts";
import type { ArtifactDeclaration, ModelSpec } from "../contract/model-spec.ts";
import { weightsDigest } from "../contract/weights-digest.ts";
import { assertPinned, assertThere, notThePinned, unreadable } from "./artifact-refusals.ts";
import type { DigestFile, FileDigests, OnBytes } from "./file-digests.ts";
import { assertFolderUnchanged, type FolderDigest, folderDigest } from "./folder-digest.ts";
import { type KnownDigest, VerifiedFile } from "./verified-file.ts";

/** Digests that were computed before, by path and stamp; lets a warm load skip the hashing. */
export type VerifiedFiles = Record<string, KnownDigest>;

/** How a store reads what it verifies. */
export interface ReadingOptions {
  /** Takes the digests; default: this thread does. */
  readonly digest?: DigestFile | undefined;
  readonly onBytes?: OnBytes | undefined;
}

/**
 * The artifacts of one spec under one folder. Whatever is handed out has been checked: it exists, is a file or a folder as
 * the spec says, is not empty, can be read, and has the pinned size and digest. Nothing without a pinned digest is handed out. Files stay open until the store is
 * closed, so that what was checked is what is read.
 */
export class ArtifactStore implements Disposable {
  readonly #spec: ModelSpec;
  readonly #root: string;
  readonly #verified: VerifiedFiles;
  readonly #reading: ReadingOptions;
  readonly #open = new Map<string, Promise<VerifiedFile>>();
  /** Stamps of the folders that were handed out, by their paths. */
  readonly #folders = new Map<string, string>();

  /**
   * @param root absolute folder that the spec's paths are relative to.
   * @param verified digests known already; extended by each verification.
   */
  constructor(spec: ModelSpec, root: string, verified: VerifiedFiles = {}, reading: ReadingOptions = {}) {
    this.#spec = spec;
    this.#root = resolve(root);
    this.#verified = verified;
    this.#reading = reading;
  }

  /** What has been verified so far, to be remembered for the next load. */
  get verified(): Readonly<VerifiedFiles> {
    return this.#verified;
  }

  /**
   * Path of a declared artifact, verified. A file's leads to the descriptor it was verified through where the system has
   * such paths (Linux), and is good until the store is closed; elsewhere it is the artifact's own. A folder's is its own
   * too, and `assertUnchanged` tells whether it still holds the same files. Errors: `weights_*`, `artifact_outside_root`.
   */
  async path(name: string): Promise<string> {
    const artifact = this.#declared(name);
    if (artifact.kind === "file") return (await this.file(name)).path;
    const path = this.resolve(artifact.path);
    await this.#verifyFolder(artifact, path);
    return path;
  }

  /** A declared artifact of the kind "file", verified and held open. Errors: `weights_*`, `artifact_outside_root`. */
  file(name: string): Promise<VerifiedFile> {
    const known = this.#open.get(name);
    if (known !== undefined)
      return known
        .then((file) => file.assertUnchanged().then(() => file))
        .catch((error: unknown) => this.#lookAgain(name, known, error));
    const opened = this.#openFile(name);
    this.#open.set(name, opened);
    opened.catch(() => this.#open.delete(name));
    return opened;
  }

  /** Every artifact of the kind "file" by name. */
  async files(): Promise<ReadonlyMap<string, VerifiedFile>> {
    const names = this.#spec.local_artifacts.filter(({ kind }) => kind === "file").map(({ name }) => name);
    return new Map(await Promise.all(names.map(async (name) => [name, await this.file(name)] as const)));
  }

  /** To be asked when files have been read: none of them was changed meanwhile. @throws `weights_digest_mismatch` */
  async assertUnchanged(): Promise<void> {
    for (const file of await Promise.all(this.#open.values())) await file.assertUnchanged();
    for (const [path, stamp] of this.#folders) await assertFolderUnchanged(path, this.#root, stamp);
  }

  /** Closes every file; paths that were handed out lead nowhere from now on. The store may be used again. */
  [Symbol.dispose](): void {
    for (const opened of this.#open.values())
      opened.then(
        (file) => file[Symbol.dispose](),
        () => {},
      );
    this.#open.clear();
    this.#folders.clear();
  }

  /** Verifies every artifact of the spec; concurrently, since hashing waits for the disk. */
  async verifyAll(): Promise<void> {
    await Promise.all(this.#spec.local_artifacts.map((artifact) => this.path(artifact.name)));
    const declared = this.#spec.weights_digest;
    if (declared === "auto" || declared === "provided_by_deploy") return;
    const computed = weightsDigest(this.#spec);
    if (computed !== declared) {
      throw new ModelError(
        "weights_digest_mismatch",
        `${this.#spec.model_name}: the spec's weights_digest is ${declared}, but its artifacts' digests give ${computed}. ` +
          `Write "auto", or the second one if these weights are meant.`,
        { model: this.#spec.model_name, details: { expected: declared, actual: computed } },
      );
    }
  }

  /** Absolute path of a file beside the artifacts, not verified. @throws `artifact_outside_root` */
  resolve(path: string): string {
    const absolute = resolve(this.#root, path);
    const inside = relative(this.#root, absolute);
    if (inside.startsWith(`..${sep}`) || inside === ".." || inside === absolute) {
      throw new ModelError("artifact_outside_root", `${path} leaves the folder of models ${this.#root}.`, {
        model: this.#spec.model_name,
        details: { path, root: this.#root },
      });
    }
    return absolute;
  }

  #declared(name: string): ArtifactDeclaration {
    const artifact = this.#spec.local_artifacts.find((candidate) => candidate.name === name);
    if (artifact !== undefined) return artifact;
    throw new ModelError("model_spec_invalid", `${this.#spec.model_name} declares no artifact "${name}".`, {
      model: this.#spec.model_name,
      details: { artifact: name, declared: this.#spec.local_artifacts.map((a) => a.name) },
    });
  }

  async #openFile(name: string): Promise<VerifiedFile> {
    const artifact = this.#declared(name);
    const path = this.resolve(artifact.path);
    const model = this.#spec.model_name;
    await this.#assertUsable(path, artifact);
    const options = {
      ...this.#reading,
      known: this.#verified[path],
      ...(artifact.digest === undefined ? {} : { beside: algorithmOf(artifact.digest) }),
    };
    const file = await VerifiedFile.open(path, options).catch((error: unknown) => {
      throw isModelError(error) ? aboutModel(error, model) : unreadable(path, artifact, model, error);
    });
    try {
      this.#verified[path] = file.known;
      await this.#assertPinned(artifact, path, file);
      return file;
    } catch (error) {
      file[Symbol.dispose]();
      throw error;
    }
  }

  /** A file that was changed after it was opened is opened and verified anew, as it is now. */
  async #lookAgain(name: string, stale: Promise<VerifiedFile>, error: unknown): Promise<VerifiedFile> {
    if (this.#open.get(name) === stale) {
      this.#open.delete(name);
      await stale.then(
        (file) => file[Symbol.dispose](),
        () => {},
      );
    }
    if (!isModelError(error)) throw error;
    return this.file(name);
  }

  async #verifyFolder(artifact: ArtifactDeclaration, path: string): Promise<void> {
    await this.#assertUsable(path, artifact);
    const options = { ...this.#reading, root: this.#root, known: this.#verified[path] };
    const found = await folderDigest(path, options).catch((error: unknown): never => {
      const { model_name: model } = this.#spec;
      throw isModelError(error) ? aboutModel(error, model) : unreadable(path, artifact, model, error);
    });
    this.#verified[path] = { stamp: found.stamp, sha256: found.sha256 };
    await this.#assertPinned(artifact, path, found);
    this.#folders.set(path, found.stamp);
  }

  /** Whatever can be told without reading the bytes, their number last. */
  async #assertUsable(path: string, artifact: ArtifactDeclaration): Promise<void> {
    await assertThere(path, artifact, this.#spec);
    assertPinned(path, artifact, this.#spec);
    if (artifact.kind === "dir" || artifact.size_bytes === undefined) return;
    const { size: bytes } = await stat(path);
    if (bytes !== artifact.size_bytes) throw await notThePinned(path, artifact, this.#spec.model_name, { bytes });
  }

  /** Every digest that is pinned must be the one that was found. @throws `weights_digest_mismatch` */
  async #assertPinned(
    artifact: ArtifactDeclaration,
    path: string,
    found: (FileDigests & { readonly bytes: number }) | FolderDigest,
  ): Promise<void> {
    const pairs = [
      [artifact.sha256, found.sha256],
      [artifact.digest, found.other ?? "unknown"],
    ] as const;
    const { model_name: model } = this.#spec;
    const { bytes } = found;
    for (const [expected, actual] of pairs)
      if (expected !== undefined && expected !== actual)
        throw await notThePinned(path, artifact, model, { bytes, digest: { expected, actual } });
    if (artifact.size_bytes !== undefined && artifact.size_bytes !== bytes)
      throw await notThePinned(path, artifact, model, { bytes });
  }
}
