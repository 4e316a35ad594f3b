import { type Device, hasOwnMemory } from "../../contract/device.ts";
import type { ModelSpec } from "../../contract/model-spec.ts";
import { weightsDigest } from "../../contract/weights-digest.ts";
import type { CalibratedMemory, ZooLock } from "../../lock/zoo-lock.ts";

/** The lock with this measurement in the place of that of the same model, device and precision. */
export function withCalibrated(lock: ZooLock, measured: CalibratedMemory): ZooLock {
  const isSame = (other: CalibratedMemory): boolean =>
    other.model === measured.model && other.device === measured.device && other.precision === measured.precision;
  return { ...lock, memory: [...lock.memory.filter((other) => !isSame(other)), measured] };
}

/** The measurement of the very weights of a spec on a device; none counts that was taken when the spec allowed less at a time. */
export function calibratedOf(
  lock: readonly CalibratedMemory[],
  spec: ModelSpec,
  device: Device,
): CalibratedMemory | undefined {
  const known = lock.filter((each) => each.model === spec.model_name && each.device === device);
  if (known.length === 0) return undefined;
  const digest = weightsDigest(spec);
  const { max_batch, concurrency = 1 } = spec.resource_requirements;
  return known.find(
    (each) =>
      each.weights_digest === digest &&
      each.precision === spec.precision &&
      max_batch <= (each.max_batch ?? max_batch) &&
      concurrency <= (each.concurrency ?? concurrency),
  );
}

/** Made inputs are not the largest that a model may be asked: so much more than was measured is reserved, as far as a budget goes. */
const headroom = 1.1;

type ByDevice = Readonly<Partial<Record<Device, number>>>;

/**
 * Bytes by device to be reserved for what was measured.
 * @param declared those that the spec declares, for what was not
 * @param budgets those that there are: what was measured to fit is not refused for its headroom
 */
export function calibratedBytes(
  { device, peak_bytes, device_bytes }: CalibratedMemory,
  declared: ByDevice,
  budgets: ByDevice,
): ByDevice {
  const reserved = (bytes: number, on: Device): number =>
    Math.max(bytes, Math.min(Math.ceil(bytes * headroom), budgets[on] ?? Number.POSITIVE_INFINITY));
  const measured = { ...declared, cpu: reserved(peak_bytes, "cpu") };
  if (!hasOwnMemory(device) || device_bytes === undefined) return measured;
  return { ...measured, [device]: reserved(device_bytes, device) };
}
