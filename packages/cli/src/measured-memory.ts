import type { ModelSpec } from "@menagerie/core";
import { type LocalZoo, ModelManagerToken } from "@menagerie/core/host";
import { inUnits } from "@menagerie/core/loader";

/** What was measured of a loaded model, beside what is declared. */
export interface MeasuredMemory {
  /** Undefined where the machine has no device for it. */
  readonly device: string | undefined;
  readonly declared_bytes: number;
  readonly loaded_bytes: number | undefined;
  /** The most that its runner had while it was loaded and asked; undefined where the system does not say. */
  readonly peak_bytes: number | undefined;
  readonly load_ms: number;
}

export async function measuredMemory(zoo: LocalZoo, name: string): Promise<MeasuredMemory> {
  const memory = await zoo.service(ModelManagerToken).measure(name);
  const model = zoo.status().models.find(({ model }) => model === name);
  return {
    device: model?.device,
    declared_bytes: zoo.find(name).resource_requirements.ram_mb * 1e6,
    loaded_bytes: memory?.bytes,
    peak_bytes: memory === undefined ? undefined : Math.max(memory.peakBytes, memory.loadPeakBytes ?? 0),
    load_ms: model?.last_load_ms ?? 0,
  };
}

/**
 * The spec, its declared main memory raised to the peak where that is more. On an accelerator the runner's own memory is not
 * what the model is reserved by, and stays as it was estimated.
 */
export function withMemory(spec: ModelSpec, { device, declared_bytes, peak_bytes }: MeasuredMemory): ModelSpec {
  if (peak_bytes === undefined || peak_bytes <= declared_bytes || device !== "cpu") return spec;
  const ram_mb = Math.ceil(peak_bytes / 1e6);
  return { ...spec, resource_requirements: { ...spec.resource_requirements, ram_mb } };
}

/** @param spec as it is written. @returns a line, or none where nothing was measured */
export function memoryWords(spec: ModelSpec, { declared_bytes, peak_bytes }: MeasuredMemory): string[] {
  if (peak_bytes === undefined) return [];
  const { ram_mb } = spec.resource_requirements;
  const beside = `its runner had ${inUnits(Math.round(peak_bytes))} at its peak; ${inUnits(declared_bytes)} were estimated from its weights`;
  return [ram_mb * 1e6 > declared_bytes ? `${beside}, so the spec declares ${ram_mb} MB (ram_mb)` : beside];
}
