import { createHash } from "node:crypto";
import { constants, createReadStream } from "node:fs";
import { access, readdir, stat } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import { type Digest, digestOfBytes } from "./canonical-json.ts";
import { ModelError } from "./model-error.ts";
import type { ArtifactDeclaration, ModelSpec } from "./model-spec.ts";

/** Identity of a file's bytes as the file system keeps it: any write changes it. */
export type FileStamp = string;

/** Digests that were computed before, by path and stamp; lets a warm load skip the hashing. */
export type VerifiedFiles = Record<string, { stamp: FileStamp; sha256: string }>;

/**
 * The artifacts of one spec under one folder. Every path handed out has been checked: it exists, is not empty, can be
 * read, and has the pinned digest. Nothing without a pinned digest is handed out.
 */
export class ArtifactStore {
  readonly #spec: ModelSpec;
  readonly #root: string;
  readonly #verified: VerifiedFiles;

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

  /** Absolute path of a declared artifact, verified. Errors: `weights_*`, `artifact_outside_root`. */
  async path(name: string): Promise<string> {
    const artifact = this.#spec.local_artifacts.find((candidate) => candidate.name === name);
    if (artifact === undefined) {
      throw new ModelError("model_spec_invalid", `${this.#spec.model_name} declares no artifact "${name}".`, {
        model: this.#spec.model_name,
        details: { artifact: name, declared: this.#spec.local_artifacts.map((a) => a.name) },
      });
    }
    const path = this.resolve(artifact.path);
    await this.#verify(artifact, path);
    return path;
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

  async #verify(artifact: ArtifactDeclaration, path: string): Promise<void> {
    const model = this.#spec.model_name;
    const stamp = await stampOf(path, artifact, model);
    if (artifact.sha256 === undefined) {
      throw new ModelError(
        "weights_unpinned",
        `${model}: the artifact "${artifact.name}" (${path}) has no pinned digest, so its bytes cannot be trusted. ` +
          `Pin it: \`zoo adopt FOLDER --like ${model}\` writes a spec with the digests of the files you have.`,
        { model, details: { artifact: artifact.name, path } },
      );
    }
    const known = this.#verified[path];
    const actual = known?.stamp === stamp ? known.sha256 : await sha256Of(path, artifact.kind);
    this.#verified[path] = { stamp, sha256: actual };
    if (actual !== artifact.sha256) {
      throw new ModelError(
        "weights_digest_mismatch",
        `${model}: the artifact "${artifact.name}" (${path}) is not the pinned one: its sha256 is ${actual}, pinned is ` +
          `${artifact.sha256}. It was changed, or is not fully copied; fetch it again.`,
        { model, details: { artifact: artifact.name, path, expected: artifact.sha256, actual } },
      );
    }
  }
}

/** sha256 over "path NUL digest LF" of the artifacts in the order of their paths; independent of where they lie. */
export function weightsDigest(spec: ModelSpec): Digest {
  if (spec.weights_digest !== "auto" && spec.local_artifacts.length === 0) {
    return spec.weights_digest === "provided_by_deploy" ? digestOfBytes("") : spec.weights_digest;
  }
  const lines = spec.local_artifacts.map((a) => `${a.path}\0${a.sha256 ?? "unpinned"}\n`).sort();
  return digestOfBytes(lines.join(""));
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

async function stampOf(path: string, artifact: ArtifactDeclaration, model: string): Promise<FileStamp> {
  const details = { artifact: artifact.name, path };
  const info = await stat(path, { bigint: true }).catch((cause: unknown) => {
    throw new ModelError(
      "weights_missing",
      `${model}: the artifact "${artifact.name}" is not at ${path}. Put it there, or name another folder with ` +
        `--models-root or DP_MODELS_ROOT. Nothing is fetched at run time.`,
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
  if (artifact.kind === "file" && info.size === 0n) {
    throw new ModelError(
      "weights_empty",
      `${model}: the artifact "${artifact.name}" (${path}) has 0 bytes. Fetch it again.`,
      { model, details },
    );
  }
  await access(path, constants.R_OK).catch((cause: unknown) => {
    throw new ModelError(
      "weights_unreadable",
      `${model}: the artifact "${artifact.name}" (${path}) exists but this user may not read it. Change its permissions.`,
      { model, details, cause },
    );
  });
  // ctime moves with every change of bytes or permissions and cannot be set back; a folder's own stamp says too little.
  return artifact.kind === "dir"
    ? `${process.hrtime.bigint()}`
    : `${info.dev}:${info.ino}:${info.size}:${info.mtimeNs}:${info.ctimeNs}`;
}
