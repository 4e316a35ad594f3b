import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { type Device, hasOwnMemory } from "../../contract/device.ts";

import { ModelError } from "../../contract/model-error.ts";
import type { ModelSpec } from "../../contract/model-spec.ts";
import { isAbsent, systemError } from "../../contract/system-error.ts";
import { weightsDigest } from "../../contract/weights-digest.ts";

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
  /** The processor, for people. */
  readonly machine: string;
  /** Of Node and engines. */
  readonly versions: Readonly<Record<string, string>>;
}

const bytes = z.number().nonnegative();
const lockSchema = z.looseObject({
  menagerie_lock: z.literal(1),
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
        machine: z.string(),
        versions: z.record(z.string(), z.string()),
      }),
    )
    .default([]),
});

/** Where the lock of a zoo spec lies: beside it. */
export function lockFileOf(specFile: string): string {
  return join(dirname(specFile), "zoo.lock");
}

/** What a lock file has of memory; nothing where there is no such file. @throws `zoo_spec_invalid` for one that cannot be read */
export async function readMemoryLock(file: string): Promise<readonly CalibratedMemory[]> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    if (isAbsent(cause)) return undefined;
    throw systemError(`The lock ${file} cannot be read`, cause);
  });
  if (text === undefined) return [];
  return parsed(text, file).memory as unknown as readonly CalibratedMemory[];
}

/** The text of a lock with these measurements, in the place of those of the same model and device; all else stays. @param before its text so far */
export function withCalibrated(before: string | undefined, file: string, measured: CalibratedMemory): string {
  const lock = before === undefined ? { menagerie_lock: 1, memory: [] } : parsed(before, file);
  const isSame = (other: { readonly model: string; readonly device: string; readonly precision: string }): boolean =>
    other.model === measured.model && other.device === measured.device && other.precision === measured.precision;
  const others = lock.memory.filter((other) => !isSame(other));
  const memory = [...others, measured].sort((a, b) => key(a).localeCompare(key(b)));
  return `${JSON.stringify({ ...lock, memory }, undefined, 2)}\n`;
}

/** The measurement of the very weights of a spec on a device. */
export function calibratedOf(
  lock: readonly CalibratedMemory[],
  spec: ModelSpec,
  device: Device,
): CalibratedMemory | undefined {
  const known = lock.filter((each) => each.model === spec.model_name && each.device === device);
  if (known.length === 0) return undefined;
  const digest = weightsDigest(spec);
  return known.find(({ weights_digest, precision }) => weights_digest === digest && precision === spec.precision);
}

/** Made inputs are not the largest that a model may be asked: so much more than was measured is reserved. */
const headroom = 1.1;

/** Bytes by device to be reserved for what was measured. @param declared those that the spec declares, for what was not */
export function calibratedBytes(
  { device, peak_bytes, device_bytes }: CalibratedMemory,
  declared: Readonly<Partial<Record<Device, number>>>,
): Readonly<Partial<Record<Device, number>>> {
  const measured = { ...declared, cpu: Math.ceil(peak_bytes * headroom) };
  if (!hasOwnMemory(device) || device_bytes === undefined) return measured;
  return { ...measured, [device]: Math.ceil(device_bytes * headroom) };
}

function key({ model, device, precision }: { model: string; device: string; precision: string }): string {
  return `${model} ${device} ${precision}`;
}

function parsed(text: string, file: string): z.infer<typeof lockSchema> {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    throw invalid(file, "it is no JSON", cause);
  }
  const known = lockSchema.safeParse(content);
  if (known.success) return known.data;
  const [issue] = known.error.issues;
  throw invalid(file, `${issue?.path.join(".")}: ${issue?.message}`, known.error);
}

function invalid(file: string, what: string, cause: unknown): ModelError {
  const message = `${file} is no lock of a zoo: ${what}. Write it with \`zoo calibrate\`, or remove it.`;
  return new ModelError("zoo_spec_invalid", message, { details: { file }, cause });
}
