import { execFile } from "node:child_process";
import { access, constants, readdir, readFile, stat, statfs } from "node:fs/promises";
import { totalmem } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { defaultCacheDir, defaultModelsRoot, systemDeviceProbe, systemIsolation } from "@menagerie/core/host";
import { megabytes } from "./output.ts";

/** One thing that a zoo needs of its machine. */
export interface Check {
  readonly name: string;
  /** `warn`: a zoo runs, with less. `problem`: something does not work. */
  readonly state: "ok" | "warn" | "problem";
  /** What is there, with its numbers, for a person. */
  readonly found: string;
  /** What is there, for a machine; bytes end in `_bytes`. */
  readonly values: Readonly<Record<string, string | number | boolean | undefined>>;
  /** What to do about it, where it is not ok. */
  readonly remedy?: string;
}

export interface CheckOptions {
  /** Default: `${DP_MODELS_ROOT}`, else the user's data folder. */
  readonly modelsRoot?: string;
  /** Default: `${MENAGERIE_CACHE}`, else the user's cache folder. */
  readonly cacheDir?: string;
  /** Default: /dev/shm. */
  readonly sharedMemory?: string;
}

/** Every check, in the order in which a person reads them. A check that this system does not have is left out. */
export async function checkMachine(options: CheckOptions = {}): Promise<Check[]> {
  const checks = await Promise.all([
    checkNode(),
    checkNetwork(),
    checkHostDeath(),
    checkMemory(),
    checkMemoryCap(),
    checkAccelerators(),
    checkSharedMemory(options.sharedMemory ?? "/dev/shm"),
    checkCache(resolve(options.cacheDir ?? defaultCacheDir())),
    checkModelsRoot(options.modelsRoot ?? defaultModelsRoot()),
    checkOpenFiles(),
  ]);
  return checks.filter((check) => check !== undefined);
}

function checkNode(): Check {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const coversNetwork = major >= 25;
  const found = `${process.version}; its permission model covers files, processes and threads${coversNetwork ? ", and the network" : ""}`;
  const values = { version: process.version, permission_model_covers_network: coversNetwork };
  if (major > 22 || (major === 22 && minor >= 18)) return { name: "node", state: "ok", found, values };
  return { name: "node", state: "problem", found: process.version, values, remedy: "Install Node 22.18 or newer." };
}

async function checkNetwork(): Promise<Check> {
  const { network, reasons } = await systemIsolation();
  const name = "network";
  const values = { javascript: "refused", native_code: network === "namespace" ? "refused" : "open" };
  if (network === "namespace") {
    const found = "runners have an empty network namespace: no interface, for native code either";
    return { name, state: "ok", found, values };
  }
  return {
    name,
    state: "warn",
    found: `JavaScript in runners is refused; native code is not shut in (${reasons.network ?? "not on this system"})`,
    values,
    remedy:
      "On Linux install util-linux and allow user namespaces (sysctl user.max_user_namespaces, kernel.apparmor_restrict_unprivileged_userns=0, or the container's seccomp profile); or deny the whole service the network from outside.",
  };
}

async function checkHostDeath(): Promise<Check> {
  const { hostDeath, reasons } = await systemIsolation();
  const name = "host_death";
  const values = { by: hostDeath };
  if (hostDeath === "signal")
    return { name, state: "ok", found: "the kernel ends runners with their host (pdeathsig)", values };
  return {
    name,
    state: "warn",
    found: `a thread of each runner ends it within 250 ms of its host, unless it is stopped (${reasons.hostDeath ?? "not on this system"})`,
    values,
    remedy: "On Linux install setpriv of util-linux 2.33 or newer, and use a node without file capabilities.",
  };
}

async function checkMemory(): Promise<Check> {
  const devices = await systemDeviceProbe.devices();
  const usable = devices.find(({ device }) => device === "cpu")?.totalBytes ?? totalmem();
  const limited = usable < totalmem();
  const found = `${megabytes(usable)} ${limited ? `by the control group's limit, of ${megabytes(totalmem())}` : "with no limit below the machine's"}`;
  const values = { usable_bytes: usable, machine_bytes: totalmem() };
  if (usable >= 1e9) return { name: "memory", state: "ok", found, values };
  return {
    name: "memory",
    state: "warn",
    found,
    values,
    remedy: "Give the service 1 GB or more, or load small models only.",
  };
}

async function checkMemoryCap(): Promise<Check> {
  const name = "memory_cap";
  try {
    await promisify(execFile)("prlimit", ["--pid", String(process.pid), "--data"], { timeout: 2000 });
    return { name, state: "ok", found: "prlimit caps the memory of each runner", values: { prlimit: true } };
  } catch {
    return {
      name,
      state: "warn",
      found: "no prlimit: runners are measured, not capped",
      values: { prlimit: false },
      remedy: "On Linux install util-linux; elsewhere limit the whole service.",
    };
  }
}

async function checkAccelerators(): Promise<Check> {
  const accelerators = (await systemDeviceProbe.devices()).filter(({ device }) => device !== "cpu");
  const list = accelerators.map(({ device, totalBytes }) => `${device} ${megabytes(totalBytes)}`).join(", ");
  const [driver, memory] = await Promise.all([isThere("/dev/nvidiactl"), isThere("/dev/nvidia-uvm")]);
  const values = { devices: accelerators.length, nvidia_driver: driver, nvidia_uvm: memory };
  const name = "accelerators";
  const found = list === "" ? "none" : list;
  if (!driver || memory) return { name, state: "ok", found, values };
  return {
    name,
    state: "warn",
    found: `${found}; the driver is there, /dev/nvidia-uvm is not`,
    values,
    // The driver's own helper makes it with the rights of a setuid program, which runners do not get.
    remedy:
      "Run `nvidia-modprobe -u -c 0` once after each start of the machine: runners may not make the device themselves.",
  };
}

async function checkSharedMemory(folder: string): Promise<Check | undefined> {
  if (process.platform !== "linux") return undefined;
  const name = "shared_memory";
  const info = await statfs(folder).catch(() => undefined);
  if (info === undefined || !(await mayUse(folder, constants.W_OK))) {
    const found = `${folder} ${info === undefined ? "is not there" : "cannot be written"}`;
    const remedy = `Mount a tmpfs on ${folder}: large inputs and answers travel through it.`;
    return { name, state: info === undefined ? "warn" : "problem", found, values: {}, remedy };
  }
  const size = info.blocks * info.bsize;
  const free = info.bavail * info.bsize;
  const found = `${folder} has ${megabytes(size)}, ${megabytes(free)} free`;
  const values = { size_bytes: size, free_bytes: free };
  if (free >= 256e6) return { name, state: "ok", found, values };
  const remedy = "Large inputs and answers of all running requests must fit. Give a container more: --shm-size=1g.";
  return { name, state: "warn", found, values, remedy };
}

async function checkCache(folder: string): Promise<Check> {
  const name = "cache";
  const existing = await nearestFolder(folder);
  const isFolder = (await stat(existing).catch(() => undefined))?.isDirectory() === true;
  if (!isFolder || !(await mayUse(existing, constants.W_OK))) {
    const found = `${folder} cannot be written${existing === folder ? "" : `, because of ${existing}`}`;
    const remedy = "Name a folder that this user may write in MENAGERIE_CACHE.";
    return { name, state: "problem", found, values: { path: folder }, remedy };
  }
  const used = await bytesUnder(folder);
  const info = await statfs(existing);
  const free = info.bavail * info.bsize;
  const found = `${folder} holds ${megabytes(used)}, ${megabytes(free)} free`;
  const values = { path: folder, used_bytes: used, free_bytes: free };
  if (free >= 1e9) return { name, state: "ok", found, values };
  const remedy = "Prepared models take about the size of their weights. Free some space, or move MENAGERIE_CACHE.";
  return { name, state: "warn", found, values, remedy };
}

async function checkModelsRoot(named: string | undefined): Promise<Check> {
  const name = "models_root";
  if (named === undefined) {
    const remedy = "Set DP_MODELS_ROOT to the folder of the models, or name it with --models-root.";
    return {
      name,
      state: "warn",
      found: "this user has no home folder, and nothing else names one",
      values: {},
      remedy,
    };
  }
  const folder = resolve(named);
  const values = { path: folder };
  if (!(await isThere(folder))) {
    const remedy =
      "Put artifacts there, or name another folder in DP_MODELS_ROOT. Specs with artifacts_root do without.";
    return { name, state: "warn", found: `${folder} is not there`, values, remedy };
  }
  const entries = await readdir(folder).catch((error: NodeJS.ErrnoException) => error);
  if (Array.isArray(entries)) return { name, state: "ok", found: `${folder}, ${entries.length} entries`, values };
  const remedy = "Give this user the right to read the folder and list it.";
  return { name, state: "problem", found: `${folder} cannot be read (${entries.code})`, values, remedy };
}

/** Descriptors that a host holds for each runner: its pipes, its channel and its shared files. */
const descriptorsOfARunner = 6;

async function checkOpenFiles(): Promise<Check | undefined> {
  const limits = await readFile("/proc/self/limits", "utf8").catch(() => "");
  const soft = limits.match(/^Max open files\s+(\S+)/m)?.[1];
  if (soft === undefined) return undefined;
  const name = "open_files";
  const limit = soft === "unlimited" ? undefined : Number(soft);
  const found = `${soft} at once`;
  const values = { limit };
  if (limit === undefined || limit >= 1024) return { name, state: "ok", found, values };
  const remedy = `Each runner takes ${descriptorsOfARunner} and each connection one: raise it with ulimit -n 4096.`;
  return { name, state: "warn", found, values, remedy };
}

async function nearestFolder(folder: string): Promise<string> {
  for (let at = folder; ; at = dirname(at)) if ((await isThere(at)) || dirname(at) === at) return at;
}

async function bytesUnder(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  // A file that goes away meanwhile takes nothing.
  const sizes = await Promise.all(
    files.map((file) =>
      stat(file).then(
        (info) => info.size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

function isThere(path: string): Promise<boolean> {
  return mayUse(path, constants.F_OK);
}

function mayUse(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}
