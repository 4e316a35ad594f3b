import { access, writeFile } from "node:fs/promises";
import { isAbsent, ModelError, systemError } from "@menagerie/core";
import {
  changeZooLock,
  type LockedArtifact,
  type LockedModel,
  readZooLock,
  withLockedModel,
  type ZooLock,
} from "@menagerie/core/host";
import { noteUserOfPresent, type RemoteFile, Store } from "@menagerie/pull";
import type { ParsedTarEntry } from "modern-tar";
import { pathIn } from "./bundle-layout.ts";
import { checkedBundle, entriesOf, type ReadOptions } from "./read-bundle.ts";

export interface ImportOptions extends ReadOptions {
  readonly file: string;
  readonly modelsRoot: string;
  /** The lock that the models are written into. */
  readonly lockFile: string;
  /** Where the bundle's zoo spec goes, if there is none yet. */
  readonly specFile: string;
  /** Files and locked models that are there and differ give way. Default: they are left, and the import is refused. */
  readonly isReplaced?: boolean | undefined;
}

export interface Imported {
  readonly models: readonly LockedModel[];
  readonly modelsRoot: string;
  /** Files that were not there yet, and all. */
  readonly written: number;
  readonly files: number;
  /** `kept`: another is there already. */
  readonly spec: "none" | "written" | "kept";
}

/**
 * Brings a bundle's models into a folder of models and their lock. All of it is read and compared with its lock before anything is written,
 * and again as it is written.
 * @throws as `checkedBundle`, `Store.bring` and `Store.place`; `zoo_spec_invalid` where the lock says otherwise of a model
 */
export async function importBundle(options: ImportOptions): Promise<Imported> {
  const { file, modelsRoot, lockFile, specFile, isReplaced = false, signal, onBytes } = options;
  const { lock, spec, files } = await checkedBundle(file, { signal, onBytes });
  // Asked before files are moved, and again when the lock is written.
  merged(await readZooLock(lockFile), lock, isReplaced, lockFile);
  const store = new Store(modelsRoot);
  let written = 0;
  for await (const entry of entriesOf(file, signal)) {
    const path = pathIn(entry.header.name);
    const locked = path === undefined ? undefined : files.get(path);
    if (locked === undefined) {
      await entry.body.cancel();
      continue;
    }
    const { from } = await store.bring(remoteFile(locked, entry), {
      what: `${locked.path} of ${file}`,
      hasToken: false,
      sha256: locked.sha256,
      pieceBytes: Math.max(1, locked.size_bytes),
      connections: 1,
      signal,
      onBytes: () => {},
    });
    if (from === "store") await entry.body.cancel().catch(() => {});
    else written += 1;
    await store.place(locked.sha256, locked.path, isReplaced);
  }
  // Whoever prunes the folder is to look into this lock too.
  await noteUserOfPresent(store, lockFile);
  await changeZooLock(lockFile, (known) => merged(known, lock, isReplaced, lockFile));
  return { models: lock.models, modelsRoot, written, files: files.size, spec: await placedSpec(spec, specFile) };
}

/** @throws `zoo_spec_invalid` */
function merged(known: ZooLock, { models, memory, plugins }: ZooLock, isReplaced: boolean, file: string): ZooLock {
  for (const model of models) {
    const before = known.models.find((each) => each.model === model.model);
    if (before !== undefined && !isReplaced && differs(before.artifacts, model.artifacts))
      throw new ModelError(
        "zoo_spec_invalid",
        `${file} has other files of ${model.model} than the bundle. Replace them with --force, or import into another folder.`,
        { model: model.model, details: { file } },
      );
  }
  const together = models.reduce(withLockedModel, known);
  const measured = memory.filter(
    (each) => !known.memory.some((own) => own.model === each.model && own.device === each.device),
  );
  const packages = plugins.filter(({ plugin }) => !known.plugins.some((own) => own.plugin === plugin));
  return { ...together, memory: [...known.memory, ...measured], plugins: [...known.plugins, ...packages] };
}

function differs(one: readonly LockedArtifact[], other: readonly LockedArtifact[]): boolean {
  const digests = new Map(one.map(({ name, sha256 }) => [name, sha256]));
  return other.some(({ name, sha256 }) => (digests.get(name) ?? sha256) !== sha256);
}

function remoteFile(locked: LockedArtifact, { body }: ParsedTarEntry): RemoteFile {
  return {
    path: locked.path,
    sizeBytes: locked.size_bytes,
    digest: { algorithm: "sha256", hex: locked.sha256 },
    identity: `bundle ${locked.sha256}`,
    read: async () => ({
      start: 0,
      body: body as unknown as AsyncIterable<Uint8Array>,
      cancel: () => void body.cancel().catch(() => {}),
    }),
  };
}

async function placedSpec(spec: string | undefined, file: string): Promise<Imported["spec"]> {
  if (spec === undefined) return "none";
  const isThere = await access(file).then(
    () => true,
    (error: unknown) => !isAbsent(error),
  );
  if (isThere) return "kept";
  await writeFile(file, spec, { flag: "wx" }).catch((error: unknown) => {
    throw systemError(`The zoo spec ${file} cannot be written`, error);
  });
  return "written";
}
