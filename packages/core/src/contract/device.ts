import { z } from "zod";

/** What kinds of devices there are. */
export const deviceKinds = ["cpu", "cuda", "webgpu", "coreml", "dml"] as const;
export type DeviceKind = (typeof deviceKinds)[number];

/**
 * Where a spec wants to run. `auto` takes the first accelerator that the machine has, else the CPU; every other value
 * is an order: when that device is absent the load fails with `unsupported_device`, nothing is put in its place.
 */
export const devicePolicySchema: z.ZodType<DevicePolicy> = z.union([
  z.enum(["auto", "cpu", "cuda", "webgpu", "coreml", "dml"]),
  z.templateLiteral(["cuda:", z.int().nonnegative()]),
]);

export type DevicePolicy = "auto" | "cuda" | Device;

/** One device of this machine. CUDA devices are numbered as `CUDA_VISIBLE_DEVICES` leaves them. */
export type Device = "cpu" | "webgpu" | "coreml" | "dml" | `cuda:${number}`;

export function kindOf(device: Device | "cuda"): DeviceKind {
  return device.startsWith("cuda") ? "cuda" : (device as DeviceKind);
}

/** True for the devices whose memory is not the machine's RAM, so that `vram_mb` is what a model costs there. */
export function hasOwnMemory(device: Device): boolean {
  return device !== "cpu" && device !== "coreml";
}
