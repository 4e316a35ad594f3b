import type { CalibratedMemory } from "@menagerie/core/host";

/** A figure that is not what it was. */
export interface Drift {
  readonly figure: "resident_bytes" | "peak_bytes" | "device_bytes" | "weights_bytes";
  readonly locked: number | undefined;
  readonly measured: number | undefined;
  /** Of the locked figure; undefined where only one of them is known. */
  readonly share: number | undefined;
}

/** A change of this share is drift, */
const driftShare = 0.1;
/** unless it is less than these bytes, by which processes of JavaScript differ from run to run. */
const noiseBytes = 10e6;

/** The figures that are off by more than 10 %. */
export function driftOf(locked: CalibratedMemory, measured: CalibratedMemory): readonly Drift[] {
  const figures = ["weights_bytes", "resident_bytes", "peak_bytes", "device_bytes"] as const;
  return figures.flatMap((figure): Drift[] => {
    const [before, now] = [locked[figure], measured[figure]];
    if (before === undefined && now === undefined) return [];
    if (before === undefined || now === undefined) return [{ figure, locked: before, measured: now, share: undefined }];
    const off = Math.abs(now - before);
    if (off <= noiseBytes || off <= before * driftShare) return [];
    return [{ figure, locked: before, measured: now, share: before === 0 ? undefined : (now - before) / before }];
  });
}
