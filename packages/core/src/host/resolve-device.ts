import { type Device, type DeviceKind, type DevicePolicy, deviceKinds, kindOf } from "../contract/device.ts";
import { ModelError } from "../contract/model-error.ts";
import type { ModelSpec } from "../contract/model-spec.ts";
import type { DeviceInfo } from "./device-probe.ts";

/**
 * The one device that a spec runs on. `auto` takes the first CUDA device where its engine has that kind, else the CPU; every
 * other policy is an order.
 * @param devices that have a budget
 * @param kinds of devices that its engine has; default: all
 * @throws `unsupported_device` naming the devices there are, and what the one that is asked for lacks
 */
export function resolveDevice(
  spec: ModelSpec,
  devices: readonly DeviceInfo[],
  platform: NodeJS.Platform = process.platform,
  kinds: readonly DeviceKind[] = deviceKinds,
): Device {
  if (spec.engine === "js") return "cpu";
  const policy = spec.device_policy;
  if (policy === "cpu") return policy;
  if (policy === "auto") return automatic(spec, devices, kinds);
  const asked = devices.find(({ device }) => (policy === "cuda" ? device.startsWith("cuda:") : device === policy));
  const obstacle = platformObstacle(policy, platform);
  if (asked !== undefined && obstacle === undefined) return asked.device;
  const names = devices.map((info) => info.device);
  throw new ModelError(
    "unsupported_device",
    `${spec.model_name} must run on "${policy}", ${obstacle ?? lack(policy, names)} ` +
      `Set its device_policy to "auto" or "cpu" to run it elsewhere.`,
    { model: spec.model_name, details: { device_policy: policy, devices: names, platform } },
  );
}

/** The first accelerator that the engine has, if the machine has one; else the CPU, if the engine has that. */
function automatic(spec: ModelSpec, devices: readonly DeviceInfo[], kinds: readonly DeviceKind[]): Device {
  const accelerator = kinds.includes("cuda") ? devices.find(({ device }) => device.startsWith("cuda:")) : undefined;
  if (accelerator !== undefined) return accelerator.device;
  if (kinds.includes("cpu")) return "cpu";
  const sole = devices.find(({ device }) => kinds.includes(kindOf(device)));
  if (sole !== undefined) return sole.device;
  const names = devices.map(({ device }) => device);
  throw new ModelError(
    "unsupported_device",
    `${spec.model_name} runs on ${kinds.join(" or ")} alone, as its engine "${spec.engine}" does, and this machine has ` +
      `${names.join(", ")}. Choose a model of another engine.`,
    { model: spec.model_name, details: { engine: spec.engine, kinds, devices: names } },
  );
}

function lack(policy: DevicePolicy, names: readonly Device[]): string {
  return isUnprobed(policy)
    ? `whose memory is not known. Declare it in the zoo spec: memory_mb: { ${policy}: MEGABYTES }.`
    : `but this machine has only ${names.join(", ")}.`;
}

/** What the platform cannot have, whatever is declared for it. */
function platformObstacle(policy: DevicePolicy, platform: NodeJS.Platform): string | undefined {
  if (!isUnprobed(policy)) return undefined;
  const { platforms, name } = unprobed[policy];
  if (platforms.includes(platform)) return undefined;
  return `which is part of ${name}; this machine runs ${systemNames[platform] ?? platform}.`;
}

function isUnprobed(policy: DevicePolicy): policy is keyof typeof unprobed {
  return Object.hasOwn(unprobed, policy);
}

/** Where the engine has each of these, by what Node calls the platforms. */
const unprobed: Readonly<Record<"coreml" | "dml" | "webgpu", { platforms: readonly NodeJS.Platform[]; name: string }>> =
  {
    coreml: { platforms: ["darwin"], name: "macOS" },
    dml: { platforms: ["win32"], name: "Windows" },
    webgpu: { platforms: ["darwin", "linux", "win32"], name: "macOS, Linux and Windows" },
  };

const systemNames: Partial<Record<NodeJS.Platform, string>> = { darwin: "macOS", linux: "Linux", win32: "Windows" };
