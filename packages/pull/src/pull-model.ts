import type { Patience } from "./http/retries.ts";
import type { PlannedFile, PullPlan } from "./pull-plan.ts";
import type { LockTimes } from "./store/held-lock.ts";
import type { Store } from "./store/store.ts";
import { requireFree } from "./store/taken-place.ts";

export interface PullOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
  /** Files that are there with other bytes give way. Default: they are left, and the pull is refused. */
  readonly isReplaced?: boolean | undefined;
  readonly onProgress?: ((progress: PullProgress) => void) | undefined;
  readonly patience?: Patience | undefined;
  readonly lockTimes?: LockTimes | undefined;
  readonly pieceBytes?: number | undefined;
  readonly connections?: number | undefined;
}

export interface PullProgress {
  readonly model: string;
  readonly path: string;
  readonly sizeBytes: number;
  /** Bytes that are here, those of earlier pulls included. */
  readonly receivedBytes: number;
  /** `waiting`: another process fetches the same file. */
  readonly state: "fetching" | "waiting" | "done";
}

/** A model whose files are all in place: what a lock has of it. */
export interface PulledModel {
  readonly model: string;
  readonly origin: { readonly repository: string; readonly revision?: string | undefined };
  readonly licence: string;
  readonly artifacts: readonly PulledArtifact[];
}

export interface PulledArtifact {
  readonly name: string;
  readonly path: string;
  readonly sha256: string;
  readonly size_bytes: number;
  /** Where its bytes came from. Not kept in a lock. */
  readonly from: "present" | "store" | "cache" | "source";
}

/**
 * Brings what a plan names, verified, and puts it in place. What another pull brings meanwhile is waited for and not fetched twice.
 * @throws as `Store.bring` and `Store.place`
 */
export async function carryOut(plan: PullPlan, store: Store, options: PullOptions): Promise<PulledModel> {
  const artifacts: PulledArtifact[] = [];
  if (options.isReplaced !== true)
    for (const { path, remote, sha256, state } of plan.files)
      if (state !== "present") await requireFree(await store.target(path), remote, sha256);
  for (const file of plan.files) artifacts.push(await bring(plan, file, store, options));
  return { model: plan.model, origin: plan.origin, licence: plan.licence, artifacts };
}

async function bring(plan: PullPlan, file: PlannedFile, store: Store, options: PullOptions): Promise<PulledArtifact> {
  const { name, path, remote, sha256, state } = file;
  const { onProgress, isReplaced = false, env, ...rest } = options;
  const { sizeBytes } = remote;
  let receivedBytes = sizeBytes - file.missingBytes;
  const tell = (progress: PullProgress["state"]): void =>
    onProgress?.({ model: plan.model, path, sizeBytes, receivedBytes, state: progress });
  if (state === "present") {
    const digest = sha256 ?? (remote.digest?.algorithm === "sha256" ? remote.digest.hex : undefined);
    receivedBytes = sizeBytes;
    tell("done");
    return { name, path, sha256: digest ?? (await store.digestInPlace(path)), size_bytes: sizeBytes, from: "present" };
  }
  tell("fetching");
  const brought = await store.bring(remote, {
    ...rest,
    what: `${remote.path} of ${plan.repository.repository}`,
    hasToken: Boolean(env.HF_TOKEN),
    ...(sha256 === undefined ? {} : { sha256 }),
    onBytes: (bytes) => {
      receivedBytes = Math.min(sizeBytes, receivedBytes + bytes);
      tell("fetching");
    },
    onWait: () => tell("waiting"),
  });
  await store.place(brought.sha256, path, isReplaced);
  receivedBytes = sizeBytes;
  tell("done");
  return { name, path, sha256: brought.sha256, size_bytes: sizeBytes, from: brought.from };
}
