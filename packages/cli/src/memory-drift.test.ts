import type { CalibratedMemory } from "@menagerie/core/host";
import { expect, test } from "vitest";
import { driftOf } from "./memory-drift.ts";

const locked: CalibratedMemory = {
  model: "a",
  weights_digest: "sha256:0",
  precision: "fp32",
  device: "cpu",
  weights_bytes: 400e6,
  resident_bytes: 500e6,
  peak_bytes: 600e6,
  machine: "a processor",
  versions: {},
};

test("a figure that is off by more than a tenth has drifted, up or down", () => {
  expect(driftOf(locked, { ...locked, peak_bytes: 655e6, resident_bytes: 460e6 })).toEqual([]);
  expect(driftOf(locked, { ...locked, peak_bytes: 720e6, resident_bytes: 400e6 })).toEqual([
    { figure: "resident_bytes", locked: 500e6, measured: 400e6, share: -0.2 },
    { figure: "peak_bytes", locked: 600e6, measured: 720e6, share: 0.2 },
  ]);
});

test("what processes differ by from run to run is no drift of a small model", () => {
  const small = { ...locked, resident_bytes: 60e6 };
  expect(driftOf(small, { ...small, resident_bytes: 69e6 })).toEqual([]);
});

test("a figure that is known on one side only has drifted", () => {
  expect(driftOf(locked, { ...locked, device_bytes: 5 })).toEqual([
    { figure: "device_bytes", locked: undefined, measured: 5, share: undefined },
  ]);
});
