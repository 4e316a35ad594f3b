import { expect, test } from "vitest";
import { parseUsage } from "./nvidia-smi.ts";

test("memory is told by process and device, devices in the driver's order, and what is not told is left out", () => {
  const usage = parseUsage(
    "GPU-aaaa\nGPU-bbbb\n",
    "GPU-bbbb, 4711, 512\nGPU-aaaa, 4711, 100\nGPU-aaaa, 12, 2048\nGPU-aaaa, 13, [N/A]\nGPU-cccc, 14, 5\n",
  );
  expect(usage.devices).toEqual(["cuda:0", "cuda:1"]);
  expect([...usage.processes]).toEqual([
    [4711, { "cuda:1": 512 * 2 ** 20, "cuda:0": 100 * 2 ** 20 }],
    [12, { "cuda:0": 2048 * 2 ** 20 }],
  ]);
  expect(parseUsage("No devices were found\n", "")).toEqual({ devices: [], processes: new Map() });
});
