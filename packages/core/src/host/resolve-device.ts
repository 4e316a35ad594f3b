import type { Device, DevicePolicy } from "../device.ts";
import { ModelError } from "../model-error.ts";
import type { ModelSpec } from "../model-spec.ts";
import type { DeviceInfo } from "./device-probe.ts";

/**
 * The one device that a spec runs on. `auto` takes the first CUDA device, else the CPU; every other policy is an order.
 * @param devices that have a budget
 * @throws `unsupported_device` naming the devices there are, and what the one that is asked for lacks
 */
export function resolveDevice(
  spec: ModelSpec,
  devices: readonly DeviceInfo[],
  platform: NodeJS.Platform = process.platform,
): Device {
  if (spec.engine === "js") return "cpu";
  const policy = spec.device_policy;
  if (policy === "cpu") return policy;
  const asked = devices.find(({ device }) =>
    policy === "auto" || policy === "cuda" ? device.startsWith("cuda:") : device === policy,
  );
  const obstacle = platformObstacle(policy, platform);
  if (asked !== undefined && obstacle === undefined) return asked.device;
  if (policy === "auto") return "cpu";
  const names = devices.map((info) => info.device);
  throw new ModelError(
    "unsupported_device",
    `${spec.model_name} must run on "${policy}", ${obstacle ?? lack(policy, names)} ` +
      `Set its device_policy to "auto" or "cpu" to run it elsewhere.`,
    { model: spec.model_name, details: { device_policy: policy, devices: names, platform } },
  );
}

/** The devices that a spec may run on: every CUDA device where it asks for any of them, else the one that it runs on. */
export function devicesFor(
  spec: ModelSpec,
  devices: readonly DeviceInfo[],
  platform: NodeJS.Platform = process.platform,
): readonly [Device, ...Device[]] {
  const first = resolveDevice(spec, devices, platform);
  const isAny = (spec.device_policy === "auto" || spec.device_policy === "cuda") && first.startsWith("cuda:");
  const others = isAny ? devices.map(({ device }) => device).filter((device) => device.startsWith("cuda:")) : [];
  return [first, ...others.filter((device) => device !== first)];
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
