import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import { isModelError, ModelError } from "../contract/model-error.ts";
import type { ArtifactDeclaration, ModelSpec } from "../contract/model-spec.ts";
import { weightsDigest } from "../contract/weights-digest.ts";
import { type KnownDigest, VerifiedFile } from "./verified-file.ts";

/** Digests that were computed before, by path and stamp; lets a warm load skip the hashing. */
export type VerifiedFiles = Record<string, KnownDigest>;

/**
 * The artifacts of one spec under one folder. Whatever is handed out has been checked: it exists, is not empty, can be
 * read, and has the pinned digest. Nothing without a pinned digest is handed out. Files stay open until the store is
 * closed, so that what was checked is what is read.
 */
export class ArtifactStore implements Disposable {
  readonly #spec: ModelSpec;
  readonly #root: string;
  readonly #verified: VerifiedFiles;
  readonly #open = new Map<string, Promise<VerifiedFile>>();

  /**
   * @param root absolute folder that the spec's paths are relative to.
   * @param verified digests known already; extended by each verification.
   */
  constructor(spec: ModelSpec, root: string, verified: VerifiedFiles = {}) {
    this.#spec = spec;
    this.#root = resolve(root);
    this.#verified = verified;
  }

  /** What has been verified so far, to be remembered for the next load. */
  get verified(): Readonly<VerifiedFiles> {
    return this.#verified;
  }

  /**
   * Path of a declared artifact, verified. A file's leads to the descriptor it was verified through where the system has
   * such paths (Linux), and is good until the store is closed; elsewhere it is the artifact's own. A folder's is its own
   * too, and holds for the moment alone. Errors: `weights_*`, `artifact_outside_root`.
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
  }

  /** Closes every file; paths that were handed out lead nowhere from now on. The store may be used again. */
  [Symbol.dispose](): void {
    for (const opened of this.#open.values())
      opened.then(
        (file) => file[Symbol.dispose](),
        () => {},
      );
    this.#open.clear();
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
    await assertUsable(path, artifact, this.#spec);
    const file = await VerifiedFile.open(path, this.#verified[path]).catch((error: unknown) => {
      throw isModelError(error) ? error : unreadable(path, artifact, model, error);
    });
    try {
      this.#verified[path] = { stamp: file.stamp, sha256: file.sha256 };
      this.#assertPinned(artifact, path, file.sha256);
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
    await assertUsable(path, artifact, this.#spec);
    const sha256 = await sha256Of(path, "dir");
    this.#assertPinned(artifact, path, sha256);
  }

  #assertPinned(artifact: ArtifactDeclaration, path: string, actual: string): void {
    if (actual === artifact.sha256) return;
    const model = this.#spec.model_name;
    throw new ModelError(
      "weights_digest_mismatch",
      `${model}: the artifact "${artifact.name}" (${path}) is not the pinned one: its sha256 is ${actual}, pinned is ` +
        `${artifact.sha256}. It was changed, or is not fully copied; fetch it again.`,
      { model, details: { artifact: artifact.name, path, expected: artifact.sha256, actual } },
    );
  }
}

/** Lower-case hexadecimal sha256 of a file, or for a folder of its sorted "path NUL size NUL sha256 LF" lines. */
export async function sha256Of(path: string, kind: "file" | "dir" = "file"): Promise<string> {
  const hash = createHash("sha256");
  if (kind === "file") {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
    return hash.digest("hex");
  }
  const files = (await readdir(path, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const names = files.map((entry) => relative(path, join(entry.parentPath, entry.name)).split(sep).join("/")).sort();
  for (const name of names) {
    const file = join(path, name);
    hash.update(`${name}\0${(await stat(file)).size}\0${await sha256Of(file)}\n`);
  }
  return hash.digest("hex");
}

/**
 * The spec with the digests that its artifacts have now, where it says none.
 * @param verified digests known already; extended
 * @throws `weights_missing`, `weights_unreadable`, `weights_empty`
 */
export async function pinnedSpec(spec: ModelSpec, root: string, verified: VerifiedFiles): Promise<ModelSpec> {
  const { model_name: model } = spec;
  const pin = async (artifact: ArtifactDeclaration): Promise<ArtifactDeclaration> => {
    const path = resolve(root, artifact.path);
    if (artifact.sha256 !== undefined) return artifact;
    await assertThere(path, artifact, spec);
    try {
      if (artifact.kind === "dir") return { ...artifact, sha256: await sha256Of(path, "dir") };
      using file = await VerifiedFile.open(path, verified[path]);
      verified[path] = { stamp: file.stamp, sha256: file.sha256 };
      return { ...artifact, sha256: file.sha256 };
    } catch (error) {
      throw isModelError(error) ? error : unreadable(path, artifact, model, error);
    }
  };
  return { ...spec, local_artifacts: await Promise.all(spec.local_artifacts.map(pin)) };
}

/** @throws `weights_missing`, `weights_unreadable`, `weights_empty`, `weights_unpinned` */
async function assertUsable(path: string, artifact: ArtifactDeclaration, spec: ModelSpec): Promise<void> {
  await assertThere(path, artifact, spec);
  const { model_name: model } = spec;
  if (artifact.sha256 !== undefined) return;
  throw new ModelError(
    "weights_unpinned",
    `${model}: the artifact "${artifact.name}" (${path}) has no pinned digest, so its bytes cannot be trusted. ` +
      `Pin it: \`zoo adopt FOLDER --like ${model}\` writes a spec with the digests of the files you have.`,
    { model, details: { artifact: artifact.name, path } },
  );
}

/** @throws `weights_missing`, `weights_unreadable`, `weights_empty` */
async function assertThere(path: string, artifact: ArtifactDeclaration, spec: ModelSpec): Promise<void> {
  const { model_name: model, artifacts_root } = spec;
  const details = { artifact: artifact.name, path };
  const info = await stat(path).catch((cause: unknown) => {
    if (!isErrno(cause, "ENOENT", "ENOTDIR")) throw unreadable(path, artifact, model, cause);
    throw new ModelError(
      "weights_missing",
      `${model}: the artifact "${artifact.name}" is not at ${path}. Put it there, or ` +
        // A model that names its own folder is not looked for in that of all models.
        (artifacts_root === undefined
          ? "name another folder with --models-root or DP_MODELS_ROOT"
          : "correct its path") +
        ". Nothing is fetched at run time.",
      { model, details, cause },
    );
  });
  if (artifact.kind === "file" ? !info.isFile() : !info.isDirectory()) {
    throw new ModelError(
      "weights_unreadable",
      `${model}: ${path} is not a ${artifact.kind === "file" ? "file" : "folder"}, as the spec says.`,
      { model, details },
    );
  }
  if (artifact.kind === "file" && info.size === 0) {
    throw new ModelError(
      "weights_empty",
      `${model}: the artifact "${artifact.name}" (${path}) has 0 bytes. Fetch it again.`,
      { model, details },
    );
  }
}

function unreadable(path: string, artifact: ArtifactDeclaration, model: string, cause: unknown): ModelError {
  const remedy = isErrno(cause, "EMFILE", "ENFILE")
    ? "This process has as many files open as it may. Raise the limit (ulimit -n)."
    : isErrno(cause, "EACCES", "EPERM")
      ? "This user may not read it. Change its permissions, or those of the folders above it."
      : `${cause instanceof Error ? cause.message : String(cause)}.`;
  return new ModelError(
    "weights_unreadable",
    `${model}: the artifact "${artifact.name}" (${path}) cannot be read. ${remedy}`,
    { model, details: { artifact: artifact.name, path }, cause },
  );
}

function isErrno(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && "code" in error && codes.includes(String(error.code));
}
