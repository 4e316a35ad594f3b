import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Device } from "../../contract/device.ts";
import type { DeviceMemory, DeviceUsage } from "./device-memory.ts";

/** Milliseconds that the tool may take. */
const answersWithinMs = 10_000;

/**
 * The CUDA driver's own tool. In a container that has process ids of its own it lists those of the machine, so that none is
 * found: then what is declared counts. Its format is the one that the tool documents; no test has run it on hardware.
 */
export const nvidiaSmi: DeviceMemory = {
  async usage() {
    const visible = process.env.CUDA_VISIBLE_DEVICES;
    if (visible === "" || visible === "-1") return undefined;
    const selection = visible === undefined ? [] : [`--id=${visible}`];
    const [devices, processes] = await Promise.all(
      ["--query-gpu=uuid", "--query-compute-apps=gpu_uuid,pid,used_memory"].map((query) => ask([...selection, query])),
    );
    return devices === undefined ? undefined : parseUsage(devices, processes ?? "");
  },
};

/** @param devices a UUID a line, in the driver's order. @param processes lines of UUID, process id and MiB */
export function parseUsage(devices: string, processes: string): DeviceUsage {
  const places = new Map<string, Device>();
  for (const line of devices.split("\n")) {
    const uuid = line.trim();
    if (/^(?:GPU|MIG)-/.test(uuid)) places.set(uuid, `cuda:${places.size}`);
  }
  const held = new Map<number, Partial<Record<Device, number>>>();
  for (const line of processes.split("\n")) {
    const [uuid = "", process = "", used = ""] = line.split(",").map((cell) => cell.trim());
    const device = places.get(uuid);
    const [pid, mebibytes] = [Number.parseInt(process, 10), Number.parseFloat(used)];
    // Where the driver does not say how much, it says "[N/A]".
    if (device === undefined || !Number.isFinite(pid) || !Number.isFinite(mebibytes)) continue;
    const known = held.get(pid) ?? {};
    held.set(pid, { ...known, [device]: (known[device] ?? 0) + mebibytes * 2 ** 20 });
  }
  return { devices: [...places.values()], processes: held };
}

/** What keeps a tool from being started: it is not there, or this host is short of processes, files or memory. */
const notAsked: readonly unknown[] = ["ENOENT", "EMFILE", "ENFILE", "EAGAIN", "ENOMEM"];

/** @returns undefined where the tool was not asked, so that its driver has said nothing. @throws where it fails */
async function ask(args: readonly string[]): Promise<string | undefined> {
  try {
    const command = [...args, "--format=csv,noheader,nounits"];
    return (await promisify(execFile)("nvidia-smi", command, { timeout: answersWithinMs })).stdout;
  } catch (error) {
    if (notAsked.includes((error as NodeJS.ErrnoException).code)) return undefined;
    throw error;
  }
}
