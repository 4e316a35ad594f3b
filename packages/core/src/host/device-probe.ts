import { execFile } from "node:child_process";
import { availableParallelism, totalmem } from "node:os";
import { promisify } from "node:util";
import type { Device } from "../contract/device.ts";
import { systemError } from "../contract/system-error.ts";
import { coreLimit, memoryLimit } from "./control-group.ts";

/** A device that this machine has, and its memory in bytes. */
export interface DeviceInfo {
  readonly device: Device;
  readonly totalBytes: number;
}

export interface DeviceProbe {
  /** The devices there are, accelerators first. */
  devices(): Promise<readonly DeviceInfo[]>;
  /** Cores that this process may use. */
  cores(): number;
}

/** Asks the operating system and, where it is installed, the CUDA driver's own tool. */
export const systemDeviceProbe: DeviceProbe = {
  async devices() {
    return [...(await cudaDevices()), { device: "cpu", totalBytes: Math.min(totalmem(), memoryLimit()) }];
  },
  cores: () => Math.min(availableParallelism(), coreLimit()),
};

/** One CUDA device by line of `nvidia-smi --query-gpu=memory.total --format=csv,noheader,nounits`, in MiB. */
export function parseCudaDevices(output: string): DeviceInfo[] {
  return output
    .split("\n")
    .map((line) => Number.parseFloat(line))
    .filter((mib) => Number.isFinite(mib))
    .map((mib, index) => ({ device: `cuda:${index}`, totalBytes: mib * 2 ** 20 }));
}

async function cudaDevices(): Promise<DeviceInfo[]> {
  const visible = process.env.CUDA_VISIBLE_DEVICES;
  if (visible === "" || visible === "-1") return [];
  const selection = visible === undefined ? [] : [`--id=${visible}`];
  try {
    const query = [...selection, "--query-gpu=memory.total", "--format=csv,noheader,nounits"];
    const { stdout } = await promisify(execFile)("nvidia-smi", query, { timeout: 10_000 });
    return parseCudaDevices(stdout);
  } catch (error) {
    // It was not asked, so it has said nothing of devices: `auto` must not take that for "none".
    if (["EMFILE", "ENFILE", "EAGAIN", "ENOMEM"].includes(String((error as NodeJS.ErrnoException).code)))
      throw systemError("nvidia-smi cannot be started to ask for devices", error);
    // No tool or no driver: there is no CUDA device that could be budgeted.
    return [];
  }
}
