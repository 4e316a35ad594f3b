import { constants } from "node:fs";
import { access, readdir, stat } from "node:fs/promises";
import { isWeakDigest } from "../contract/artifact-digest.ts";
import { ModelError } from "../contract/model-error.ts";
import type { ArtifactDeclaration, ModelSpec } from "../contract/model-spec.ts";
import { type StandIn, standInFor } from "./stand-in.ts";

/**
 * What can be said of an artifact without reading it: it exists, is a file or a folder as its spec says, is not empty, and
 * may be read.
 * @throws `weights_missing`, `weights_unreadable`, `weights_empty`, in that order
 */
export async function assertThere(path: string, artifact: ArtifactDeclaration, spec: ModelSpec): Promise<void> {
  const { model_name: model, artifacts_root } = spec;
  const details = { artifact: artifact.name, path };
  const info = await stat(path).catch((cause: unknown) => {
    if (!isErrno(cause, "ENOENT", "ENOTDIR")) throw unreadable(path, artifact, model, cause);
    throw new ModelError(
      "weights_missing",
      `${model}: the artifact "${artifact.name}" is not at ${path}. ${waysToGet(spec)}, or ` +
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
  const isEmpty =
    artifact.kind === "file"
      ? info.size === 0
      : (
          await readdir(path).catch((cause: unknown) => {
            throw unreadable(path, artifact, model, cause);
          })
        ).length === 0;
  if (isEmpty) {
    const what = artifact.kind === "file" ? "has 0 bytes" : "is an empty folder";
    throw new ModelError(
      "weights_empty",
      `${model}: the artifact "${artifact.name}" (${path}) ${what}. Fetch it again.`,
      { model, details },
    );
  }
  await access(path, constants.R_OK).catch((cause: unknown) => {
    throw unreadable(path, artifact, model, cause);
  });
}

/** What a person can do about a file that is not there; nothing does it by itself. */
function waysToGet({ model_name, origin }: ModelSpec): string {
  return origin === undefined ? "Put it there" : `Fetch it with \`zoo pull ${model_name}\`, put it there`;
}

/** @throws `weights_unpinned` */
export function assertPinned(
  path: string,
  artifact: ArtifactDeclaration,
  { model_name: model, origin }: ModelSpec,
): void {
  if (artifact.sha256 !== undefined || artifact.digest !== undefined) return;
  throw new ModelError(
    "weights_unpinned",
    `${model}: the artifact "${artifact.name}" (${path}) has no pinned digest, so its bytes cannot be trusted. ` +
      `Pin the files that you have: \`zoo lock ${model}\`${origin === undefined ? "" : `, or fetch them anew: \`zoo pull ${model}\``}.`,
    { model, details: { artifact: artifact.name, path } },
  );
}

export function unreadable(path: string, artifact: ArtifactDeclaration, model: string, cause: unknown): ModelError {
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

/** An artifact whose bytes are others than the pinned ones: said by its size where that tells, and by what lies there instead. */
export async function notThePinned(
  path: string,
  artifact: ArtifactDeclaration,
  model: string,
  found: {
    readonly bytes: number;
    readonly digest?: { readonly expected: string; readonly actual: string } | undefined;
  },
): Promise<ModelError> {
  const { size_bytes: expected } = artifact;
  const instead = artifact.kind === "file" ? await standInFor(path).catch(() => undefined) : undefined;
  const details = {
    ...{ artifact: artifact.name, path },
    ...(found.digest ?? { expected_bytes: expected, actual_bytes: found.bytes }),
    ...(instead === undefined ? {} : { found: instead.kind }),
  };
  const difference =
    found.digest === undefined
      ? `it has ${found.bytes} bytes, pinned are ${expected}`
      : `its ${wordsOf(found.digest.actual)}, pinned is ${found.digest.expected}`;
  return new ModelError(
    "weights_digest_mismatch",
    `${model}: the artifact "${artifact.name}" (${path}) is not the pinned one: ${difference}. ${remedyFor(model, found.bytes, expected, instead)}`,
    { model, details },
  );
}

function wordsOf(digest: string): string {
  return digest.includes(":") ? `digest is ${digest}` : `sha256 is ${digest}`;
}

function remedyFor(model: string, bytes: number, expected: number | undefined, instead: StandIn | undefined): string {
  if (instead !== undefined) return `It ${instead.problem}. ${instead.remedy}`;
  if (expected !== undefined && bytes < expected)
    return `It is not fully copied; fetch it again (\`zoo pull ${model} --force\` where it was pulled).`;
  return `It was changed, or is another file; fetch it again (\`zoo pull ${model} --force\` where it was pulled).`;
}

/** For people who look at what protects their weights. */
export function pinWords({ sha256, digest }: ArtifactDeclaration): string {
  if (sha256 !== undefined) return "sha256";
  if (digest === undefined) return "none";
  return `${digest.split(":")[0]}${isWeakDigest(digest) ? " (weak)" : ""}`;
}

function isErrno(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && "code" in error && codes.includes(String(error.code));
}
