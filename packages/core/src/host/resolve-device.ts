import type { Device } from "../device.ts";
import { ModelError } from "../model-error.ts";
import type { ModelSpec } from "../model-spec.ts";
import type { DeviceInfo } from "./device-probe.ts";

/**
 * The one device that a spec runs on. `auto` takes the first accelerator, else the CPU; every other policy is an order.
 * @throws `unsupported_device` naming the devices there are.
 */
export function resolveDevice(spec: ModelSpec, devices: readonly DeviceInfo[]): Device {
  if (spec.engine === "js") return "cpu";
  const policy = spec.device_policy;
  if (policy === "cpu" || policy === "webgpu" || policy === "coreml" || policy === "dml") return policy;
  const cuda = devices.find((info) =>
    policy.startsWith("cuda:") ? info.device === policy : info.device.startsWith("cuda:"),
  );
  if (cuda !== undefined) return cuda.device;
  if (policy === "auto") return "cpu";
  const names = devices.map((info) => info.device);
  throw new ModelError(
    "unsupported_device",
    `${spec.model_name} must run on "${policy}", but this machine has only ${names.join(", ")}. ` +
      `Set its device_policy to "auto" or "cpu" to run it elsewhere.`,
    { model: spec.model_name, details: { device_policy: policy, devices: names } },
  );
}
