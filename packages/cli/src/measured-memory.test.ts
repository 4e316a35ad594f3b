import type { ModelSpec } from "@menagerie/core";
import { expect, test } from "vitest";
import { type MeasuredMemory, memoryWords, withMemory } from "./measured-memory.ts";

const spec = { resource_requirements: { ram_mb: 151, vram_mb: 50, max_batch: 1 } } as ModelSpec;
const measured = (peak_bytes: number | undefined, device = "cpu"): MeasuredMemory => ({
  device,
  declared_bytes: 151e6,
  loaded_bytes: 100e6,
  peak_bytes,
  load_ms: 1,
});

test("a peak above the declared memory is declared in its place, and said so", () => {
  const raised = withMemory(spec, measured(204_100_000));
  expect(raised.resource_requirements).toEqual({ ram_mb: 205, vram_mb: 50, max_batch: 1 });
  expect(memoryWords(raised, measured(204_100_000))).toEqual([
    "its runner had 204.1 MB at its peak; 151.0 MB were estimated from its weights, so the spec declares 205 MB (ram_mb)",
  ]);
});

test("a peak below it, on an accelerator, or not known leaves what is declared", () => {
  for (const memory of [measured(90e6), measured(204e6, "cuda:0"), measured(undefined)])
    expect(withMemory(spec, memory)).toBe(spec);
  expect(memoryWords(spec, measured(undefined))).toEqual([]);
  expect(memoryWords(spec, measured(90e6))).toEqual([
    "its runner had 90.0 MB at its peak; 151.0 MB were estimated from its weights",
  ]);
});
