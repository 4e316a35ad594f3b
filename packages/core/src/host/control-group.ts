import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { systemError } from "../contract/system-error.ts";

/** Reads a small text file of the kernel's; undefined where it is not there. */
export type ReadText = (file: string) => string | undefined;

/**
 * Bytes that the process's control group and those above it allow, the least of them; Infinity where none sets a limit.
 * `memory.high` counts as a limit: above it the kernel slows the group down until it gives memory back.
 */
export function memoryLimit(read: ReadText = readKernelText): number {
  const limits = groupFolders(read, "memory").flatMap(({ version, folders }) =>
    folders.flatMap((folder) =>
      version === 2
        ? [read(`${folder}/memory.max`), read(`${folder}/memory.high`)]
        : [
            read(`${folder}/memory.limit_in_bytes`),
            // What the groups above allow, including those that a namespace hides.
            /^hierarchical_memory_limit (\d+)$/m.exec(read(`${folder}/memory.stat`) ?? "")?.[1],
          ],
    ),
  );
  return least(limits.map((limit) => Number.parseInt(limit ?? "", 10)));
}

/** Cores' worth of time that the control groups allow, at least 1 and rounded up; Infinity where none sets a quota. */
export function coreLimit(read: ReadText = readKernelText): number {
  const quotas = groupFolders(read, "cpu").flatMap(({ version, folders }) =>
    folders.map((folder) => {
      const [quota, period] =
        version === 2
          ? (read(`${folder}/cpu.max`) ?? "").trim().split(" ")
          : [read(`${folder}/cpu.cfs_quota_us`), read(`${folder}/cpu.cfs_period_us`)];
      return Math.ceil(Number.parseInt(quota ?? "", 10) / Number.parseInt(period ?? "", 10));
    }),
  );
  return Math.max(1, least(quotas));
}

/**
 * Processes of the group that the kernel has ended because memory ran out, so far: a runner that was killed while this
 * rose was killed for it. Undefined where the kernel does not say.
 */
export async function oomKills(read: ReadText = readKernelText): Promise<number | undefined> {
  for (const { version, folders } of groupFolders(read, "memory")) {
    const file = version === 2 ? "memory.events" : "memory.oom_control";
    for (const folder of folders) {
      const count = /^oom_kill (\d+)$/m.exec(read(`${folder}/${file}`) ?? "")?.[1];
      if (count !== undefined) return Number(count);
    }
  }
  return undefined;
}

/** A hierarchy of control groups in which this process is. */
export interface Hierarchy {
  readonly version: 1 | 2;
  /** The group's own folder, then those above it as far as they can be seen. */
  readonly folders: readonly string[];
}

/** Where the groups of this process are mounted; on a hybrid system a controller is in one of the hierarchies only. */
export function groupFolders(read: ReadText, controller: string): Hierarchy[] {
  const groups = (read("/proc/self/cgroup") ?? "").split("\n").flatMap((line): { version: 1 | 2; path: string }[] => {
    // "4:memory:/docker/ab12", "0::/user.slice/x.scope"
    const [, id, controllers = "", path = "/"] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? [];
    if (id === "0" && controllers === "") return [{ version: 2, path }];
    return controllers.split(",").includes(controller) ? [{ version: 1, path }] : [];
  });
  const mounts = parseMounts(read("/proc/self/mountinfo") ?? "");
  return groups.flatMap(({ version, path }) => {
    const found = mounts.filter(
      (mount) => mount.version === version && (version === 2 || mount.options.includes(controller)),
    );
    const holding = found.filter(({ root }) => relativeTo(root, path) !== undefined);
    // A mount whose root is outside of our namespace cannot be related to the path: its top is all that is known.
    return (holding.length > 0 ? holding : found).map(({ root, point }) => ({
      version,
      folders: upwards(point, relativeTo(root, path) ?? ""),
    }));
  });
}

interface Mount {
  readonly version: 1 | 2;
  /** The group that is mounted. */
  readonly root: string;
  readonly point: string;
  readonly options: readonly string[];
}

/** Lines of `/proc/self/mountinfo`: `33 24 0:28 /docker/ab12 /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory` */
function parseMounts(text: string): Mount[] {
  const byPoint = new Map<string, Mount | undefined>();
  for (const line of text.split("\n")) {
    const [before = "", after = ""] = line.split(" - ");
    const [, , , root, point] = before.split(" ").map(unescaped);
    const [type, , options = ""] = after.split(" ");
    if (root === undefined || point === undefined) continue;
    const version = type === "cgroup2" ? 2 : type === "cgroup" ? 1 : undefined;
    // What is mounted later at one place hides what was there.
    byPoint.set(point, version === undefined ? undefined : { version, root, point, options: options.split(",") });
  }
  return [...byPoint.values()].filter((mount) => mount !== undefined);
}

/** Blanks and backslashes are written as three octal digits. */
function unescaped(field: string): string {
  return field.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/** The rest of the path below the root; undefined where it is not below it. */
function relativeTo(root: string, path: string): string | undefined {
  if (path.split("/").includes("..")) return undefined;
  if (root === "/") return path;
  return path === root || path.startsWith(`${root}/`) ? path.slice(root.length) : undefined;
}

/** A folder and those above it, up to the mount. */
function upwards(point: string, path: string): string[] {
  const names = path.split("/").filter((name) => name !== "");
  return Array.from({ length: names.length + 1 }, (_, cut) => posix.join(point, ...names.slice(0, names.length - cut)));
}

function least(values: readonly number[]): number {
  return Math.min(Number.POSITIVE_INFINITY, ...values.filter((value) => value > 0));
}

/** @throws `system_error` where it cannot be known: taken for "no limit", it would let models be loaded until the kernel kills */
export function readKernelText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "EMFILE" || code === "ENFILE" || code === "ENOMEM")
      throw systemError(`The limits of this process cannot be read from ${file}`, cause);
    return undefined;
  }
}
