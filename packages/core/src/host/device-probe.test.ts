import { describe, expect, test } from "vitest";
import type { DevicePolicy } from "../contract/device.ts";
import type { ModelSpec } from "../contract/model-spec.ts";
import { budgetsOf, usableDevices } from "./budgets.ts";
import { type DeviceInfo, parseCudaDevices } from "./device-probe.ts";
import { resolveDevice } from "./resolve-device.ts";

const spec = (device_policy: DevicePolicy, engine = "onnx"): ModelSpec =>
  ({ model_name: "m", engine, device_policy }) as ModelSpec;

describe("devices", () => {
  test("are read from what the CUDA driver's tool prints, in MiB", () => {
    expect(parseCudaDevices("24576\n8192\n")).toEqual([
      { device: "cuda:0", totalBytes: 24_576 * 2 ** 20 },
      { device: "cuda:1", totalBytes: 8192 * 2 ** 20 },
    ]);
    expect(parseCudaDevices("No devices were found\n")).toEqual([]);
  });

  const two: DeviceInfo[] = [...parseCudaDevices("24576\n8192"), { device: "cpu", totalBytes: 10e9 }];
  const none: DeviceInfo[] = [{ device: "cpu", totalBytes: 10e9 }];

  test("are chosen by the policy: auto takes the first accelerator, every other word is an order", () => {
    expect((["auto", "cuda", "cuda:1", "cpu"] as const).map((policy) => resolveDevice(spec(policy), two))).toEqual([
      "cuda:0",
      "cuda:0",
      "cuda:1",
      "cpu",
    ]);
    expect(resolveDevice(spec("auto"), none)).toBe("cpu");
    expect(() => resolveDevice(spec("cuda"), none)).toThrow('m must run on "cuda", but this machine has only cpu');
    expect(() => resolveDevice(spec("cuda:2"), two)).toThrow("cuda:0, cuda:1, cpu");
    expect(resolveDevice(spec("cuda", "js"), two)).toBe("cpu");
  });

  test("that the platform cannot have are refused by its name, whatever the zoo spec declares", () => {
    const declared = usableDevices(none, { coreml: 1000, dml: 1000 });
    for (const devices of [none, declared]) {
      for (const [policy, platform, name] of [
        ["coreml", "linux", "macOS"],
        ["coreml", "win32", "macOS"],
        ["dml", "linux", "Windows"],
        ["dml", "darwin", "Windows"],
        ["webgpu", "freebsd", "Linux"],
      ] as const) {
        const resolve = (): unknown => resolveDevice(spec(policy), devices, platform);
        expect(resolve).toThrow(expect.objectContaining({ code: "unsupported_device" }));
        expect(resolve).toThrow(`m must run on "${policy}", which is part of`);
        expect(resolve).toThrow(name);
      }
    }
  });

  test("without a known memory are refused until the zoo spec declares it", () => {
    for (const [policy, platform] of [
      ["coreml", "darwin"],
      ["dml", "win32"],
      ["webgpu", "linux"],
    ] as const) {
      const resolve = (declared: Parameters<typeof usableDevices>[1]): unknown =>
        resolveDevice(spec(policy), usableDevices(none, declared), platform);
      expect(() => resolve({})).toThrow(`memory_mb: { ${policy}: MEGABYTES }`);
      expect(resolve({ [policy]: 500 })).toBe(policy);
      expect(resolveDevice(spec("auto"), usableDevices(none, { [policy]: 500 }), platform)).toBe("cpu");
    }
  });

  test("have cautious budgets, unless the zoo spec says how much", () => {
    expect(budgetsOf(two, { memory: { "cuda:1": 6800 }, reserve: {} })).toEqual({
      "cuda:0": 24_576 * 2 ** 20 - 400e6,
      "cuda:1": 6.8e9,
      cpu: 7e9,
    });
  });
});
