import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import type { Device } from "../contract/device.ts";
import { ModelError } from "../contract/model-error.ts";
import { relativePathSchema } from "../contract/model-spec.ts";
import { isAbsent, systemError } from "../contract/system-error.ts";

/** What a zoo was found to be: which bytes its models are, where they came from, what runs them, and what they were measured to take. */
export interface ZooLock {
  readonly menagerie_lock: 1;
  /** In the order of their names. */
  readonly models: readonly LockedModel[];
  /** Packages that runners of these models import: plugins, their engines, and kits whose loaders they name. */
  readonly plugins: readonly LockedPlugin[];
  readonly memory: readonly CalibratedMemory[];
}

/** The very files of one model, whatever its spec leaves open. */
export interface LockedModel {
  readonly model: string;
  /** Where the files came from: a repository at a revision that cannot move (40 hexadecimal digits), or a folder or address. */
  readonly origin?: { readonly repository: string; readonly revision?: string | undefined } | undefined;
  /** SPDX identifier that was shown when they were fetched. */
  readonly licence?: string | undefined;
  /** In the order of their names. */
  readonly artifacts: readonly LockedArtifact[];
}

export interface LockedArtifact {
  readonly name: string;
  /** Relative to the folder of models, as in the spec. */
  readonly path: string;
  readonly sha256: string;
  readonly size_bytes: number;
}

/** An installed package, as it lies there. */
export interface LockedPlugin {
  /** npm name. */
  readonly plugin: string;
  readonly version: string;
  /** `sha256:…` over its files (`packageDigest`); left out for a plugin that was given in code, which has none. */
  readonly digest?: string | undefined;
}

/** What was measured of a model when it was loaded alone and asked: of these weights, on this device. */
export interface CalibratedMemory {
  readonly model: string;
  readonly weights_digest: string;
  readonly precision: string;
  readonly device: Device;
  /** Size of its artifacts. */
  readonly weights_bytes: number;
  /** Main memory at rest, after runs. */
  readonly resident_bytes: number;
  /** The most main memory of its load and its runs. */
  readonly peak_bytes: number;
  /** On an accelerator: what it holds there. */
  readonly device_bytes?: number | undefined;
  /** What the spec allowed to be asked at a time when it was measured: one that allows more takes more. */
  readonly max_batch?: number | undefined;
  readonly concurrency?: number | undefined;
  /** The processor, for people. */
  readonly machine: string;
  /** Of Node and engines. */
  readonly versions: Readonly<Record<string, string>>;
}

const bytes = z.number().nonnegative();
const lockSchema = z.looseObject({
  menagerie_lock: z.literal(1),
  models: z
    .array(
      z.looseObject({
        model: z.string(),
        origin: z.looseObject({ repository: z.string(), revision: z.string().optional() }).optional(),
        licence: z.string().optional(),
        artifacts: z
          .array(
            z.looseObject({
              name: z.string(),
              path: relativePathSchema,
              sha256: z.string().regex(/^[0-9a-f]{64}$/, "must be 64 lower-case hexadecimal digits"),
              size_bytes: bytes,
            }),
          )
          .refine(...uniqueBy("name", "two artifacts carry one name")),
      }),
    )
    .refine(...uniqueBy("model", "a model stands there twice"))
    .default([]),
  plugins: z
    .array(
      z.looseObject({
        plugin: z.string(),
        version: z.string(),
        digest: z
          .string()
          .regex(/^sha256:[0-9a-f]{64}$/, "must be sha256: and 64 lower-case hexadecimal digits")
          .optional(),
      }),
    )
    .refine(...uniqueBy("plugin", "a plugin stands there twice"))
    .default([]),
  memory: z
    .array(
      z.looseObject({
        model: z.string(),
        weights_digest: z.string(),
        precision: z.string(),
        device: z.string(),
        weights_bytes: bytes,
        resident_bytes: bytes,
        peak_bytes: bytes,
        device_bytes: bytes.optional(),
        max_batch: bytes.optional(),
        concurrency: bytes.optional(),
        machine: z.string(),
        versions: z.record(z.string(), z.string()),
      }),
    )
    .default([]),
});

/** A lock with nothing in it. */
export const emptyLock: ZooLock = { menagerie_lock: 1, models: [], plugins: [], memory: [] };

/** Where the lock of a zoo spec lies: beside it. */
export function lockFileOf(specFile: string): string {
  return join(dirname(specFile), "zoo.lock");
}

/** What a lock file says; nothing where there is no such file. @throws `zoo_spec_invalid` for one that cannot be read */
export async function readZooLock(file: string): Promise<ZooLock> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    if (isAbsent(cause)) return undefined;
    throw systemError(`The lock ${file} cannot be read`, cause);
  });
  return text === undefined ? emptyLock : parseZooLock(text, file);
}

/** @throws `zoo_spec_invalid` for what is no lock */
export function parseZooLock(text: string, file: string): ZooLock {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    const isMerged = /^(<{7}|>{7}) /m.test(text);
    throw invalid(file, isMerged ? "a merge left its marks in it" : "it is no JSON", cause);
  }
  const known = lockSchema.safeParse(content);
  if (known.success) return known.data as unknown as ZooLock;
  const [issue] = known.error.issues;
  const place = issue?.path.join(".");
  throw invalid(file, `${place === "" ? "it" : place}: ${issue?.message}`, known.error);
}

/** The lock with this model's files in the place of what it had of the model. */
export function withLockedModel(lock: ZooLock, locked: LockedModel): ZooLock {
  return { ...lock, models: [...lock.models.filter(({ model }) => model !== locked.model), locked] };
}

/** The lock with this package in the place of what it had of it. */
export function withLockedPlugin(lock: ZooLock, locked: LockedPlugin): ZooLock {
  return { ...lock, plugins: [...lock.plugins.filter(({ plugin }) => plugin !== locked.plugin), locked] };
}

function uniqueBy<Key extends string>(
  key: Key,
  message: string,
): [(items: readonly Readonly<Record<Key, unknown>>[]) => boolean, string] {
  return [(items) => new Set(items.map((item) => item[key])).size === items.length, message];
}

function invalid(file: string, what: string, cause: unknown): ModelError {
  const message = `${file} is no lock of a zoo: ${what}. Write it with \`zoo lock\`, or remove it.`;
  return new ModelError("zoo_spec_invalid", message, { details: { file }, cause });
}
