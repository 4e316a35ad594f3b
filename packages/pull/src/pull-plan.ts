import { lstat, stat, statfs } from "node:fs/promises";
import { type ArtifactDeclaration, ModelError, type ModelSpec, systemError } from "@menagerie/core";
import { licenceDoubts } from "./licence-doubts.ts";
import { pulledOrigin, repositoryPath } from "./repository-path.ts";
import type { RemoteFile, SourceRepository } from "./sources/source.ts";
import { makeFolder } from "./store/make-folder.ts";
import type { Store } from "./store/store.ts";
import { digestsOf } from "./transfer/digests.ts";

/** What a pull of a model will do, before it does it. */
export interface PullPlan {
  readonly model: string;
  readonly repository: SourceRepository;
  /** What a lock has of where the files came from. */
  readonly origin: { readonly repository: string; readonly revision?: string | undefined };
  readonly files: readonly PlannedFile[];
  /** Why a person must agree first. */
  readonly doubts: readonly string[];
  readonly licence: string;
}

export interface PlannedFile {
  readonly name: string;
  /** In the folder of models. */
  readonly path: string;
  readonly remote: RemoteFile;
  /** What spec or lock insist on. */
  readonly sha256?: string | undefined;
  /** `present`: it is in place, whole. */
  readonly state: "present" | "stored" | "fetch";
  /** Bytes that are still to come. */
  readonly missingBytes: number;
}

/**
 * Looks at what a model needs, what is here and what the source has. Fetches no weights.
 * @param family the model that a checkpoint of one's own is like, for messages
 * @throws `source_not_found` with what the repository has; `weights_digest_mismatch` where it has others than spec or lock pin
 */
export async function planPull(
  spec: ModelSpec,
  repository: SourceRepository,
  store: Store,
  signal?: AbortSignal,
  family: string = spec.model_name,
): Promise<PullPlan> {
  const files: PlannedFile[] = [];
  for (const artifact of spec.local_artifacts) {
    if (artifact.kind === "dir")
      throw new ModelError(
        "source_unsupported",
        `${spec.model_name}: the artifact "${artifact.name}" is a folder, and a pull brings files. Put it in place: ${artifact.path}.`,
        { model: spec.model_name },
      );
    const path = repositoryPath(spec, artifact);
    const remote = await repository.file(path);
    if (remote === undefined) throw notThere(spec, repository, path, family);
    files.push(await planned(spec, artifact, remote, repository, store, signal));
  }
  return {
    model: spec.model_name,
    repository,
    origin: pulledOrigin(spec, repository),
    files,
    doubts: licenceDoubts(spec.licence, repository),
    licence: spec.licence.id,
  };
}

async function planned(
  spec: ModelSpec,
  artifact: ArtifactDeclaration,
  remote: RemoteFile,
  { repository }: SourceRepository,
  store: Store,
  signal: AbortSignal | undefined,
): Promise<PlannedFile> {
  const { name, path, sha256 } = artifact;
  if (remote.sizeBytes === 0)
    throw new ModelError("weights_empty", `${spec.model_name}: ${remote.path} of ${repository} has 0 bytes.`, {
      model: spec.model_name,
    });
  const declared = remote.digest?.algorithm === "sha256" ? remote.digest.hex : undefined;
  if (sha256 !== undefined && declared !== undefined && sha256 !== declared)
    throw new ModelError(
      "weights_digest_mismatch",
      `${spec.model_name}: ${remote.path} of ${repository} is not the pinned file: its sha256 is ${declared}, pinned is ${sha256}. Pull the revision that was pinned, or \`zoo rm ${spec.model_name}\` to forget what the lock has.`,
      { model: spec.model_name, details: { artifact: name, expected: sha256, actual: declared } },
    );
  const wanted = sha256 ?? declared;
  const file = { name, path, remote, ...(sha256 === undefined ? {} : { sha256 }) };
  const target = await store.target(path);
  if (await isInPlace(target, remote, wanted, signal)) return { ...file, state: "present", missingBytes: 0 };
  if (wanted !== undefined && (await isStored(store, wanted, remote.sizeBytes)))
    return { ...file, state: "stored", missingBytes: 0 };
  return { ...file, state: "fetch", missingBytes: remote.sizeBytes - (await store.received(remote)) };
}

/** Whether the very file is there already; its bytes are read where it has the right length. */
async function isInPlace(
  target: string,
  { sizeBytes, digest }: RemoteFile,
  sha256: string | undefined,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const info = await stat(target).catch(() => undefined);
  if (info?.isFile() !== true || info.size !== sizeBytes || (sha256 === undefined && digest === undefined))
    return false;
  const digests = await digestsOf(target, signal);
  return sha256 === undefined ? digests.gitSha1 === digest?.hex : digests.sha256 === sha256;
}

async function isStored(store: Store, sha256: string, sizeBytes: number): Promise<boolean> {
  const info = await lstat(store.blob(sha256)).catch(() => undefined);
  return info?.isFile() === true && info.size === sizeBytes;
}

/** Bytes that stay free beside what is fetched: file systems need some for themselves. */
const spareBytes = 32e6;

/** @throws `system_error` where what is to come does not fit on the disk */
export async function requireSpace(plans: readonly PullPlan[], store: Store): Promise<void> {
  // A file that several models share comes once.
  const missing = new Map(
    plans.flatMap(({ files }) => files.map(({ remote, missingBytes }) => [remote.identity, missingBytes] as const)),
  );
  const needed = [...missing.values()].reduce((sum, bytes) => sum + bytes, 0);
  if (needed === 0) return;
  await makeFolder(store.root).catch((error: unknown) => {
    throw systemError(`The folder of models ${store.root} cannot be made`, error);
  });
  const { bavail, bsize } = await statfs(store.root);
  const free = bavail * bsize;
  if (free >= needed + spareBytes) return;
  const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;
  throw new ModelError(
    "system_error",
    `${store.root} has ${megabytes(free)} free, and ${megabytes(needed + spareBytes)} are needed: ${megabytes(needed)} to fetch, and ${megabytes(spareBytes)} to spare. Free some space, or name another folder with --models-root or DP_MODELS_ROOT. Nothing was fetched.`,
    { details: { errno: "ENOSPC", free_bytes: free, needed_bytes: needed } },
  );
}

function notThere(spec: ModelSpec, repository: SourceRepository, path: string, family: string): ModelError {
  const { model_name: model, plugin } = spec;
  const at = repository.revision === undefined ? "" : ` at ${repository.revision.slice(0, 7)}`;
  const all = repository.files?.map((file) => file.path);
  const details = { path, repository: repository.repository, files: all?.slice(0, 100) };
  const begin = `${model}: ${repository.repository}${at} has no ${path}.`;
  if (all === undefined) return new ModelError("source_not_found", `${begin} Check the address.`, { model, details });
  const graphs = all.filter((file) => file.endsWith(".onnx"));
  if (graphs.length > 0 || !path.endsWith(".onnx")) {
    const there = some(graphs.length > 0 ? graphs : all);
    return new ModelError(
      "source_not_found",
      `${begin} It has ${there}. A folder of your own is taken by \`zoo adopt\`.`,
      {
        model,
        details,
      },
    );
  }
  const weights = all.filter((file) => /\.(safetensors|bin|pt|pth|ckpt|gguf|h5|msgpack)$/.test(file));
  const readme = plugin === undefined ? "the plugin's README" : `the README of ${plugin}`;
  return new ModelError(
    "source_not_found",
    `${begin} It has ${some(weights.length > 0 ? weights : all)}, and no ONNX graph. Export it (${readme} says with what; optimum-cli or yolo export make graphs of most), then \`zoo adopt FOLDER --like ${family}\`.`,
    { model, details },
  );
}

function some(files: readonly string[]): string {
  if (files.length === 0) return "no files";
  return `${files.slice(0, 6).join(", ")}${files.length > 6 ? `, … (${files.length} in all)` : ""}`;
}
