import { mkdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** A control group under this process's own, which may hold no more than so many bytes. */
export interface ControlGroup extends AsyncDisposable {
  /** Times that the kernel ended a process in it, and that the limit was met. */
  counts(): Promise<{ readonly kills: number; readonly met: number }>;
}

/** Moves this process into a group of its own, until it is disposed of. @returns why the machine does not allow that */
export async function enterControlGroup(bytes: number): Promise<ControlGroup | string> {
  const own = await readFile("/proc/self/cgroup", "utf8").catch(() => "");
  const old = own.match(/^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/m)?.[1];
  const place =
    old === undefined
      ? join("/sys/fs/cgroup", own.match(/^0::(.*)$/m)?.[1] ?? "/")
      : join("/sys/fs/cgroup/memory", old);
  const group = join(place, `menagerie-proof-${process.pid}`);
  const [limit, events, met] =
    old === undefined
      ? (["memory.max", "memory.events", "memory.events"] as const)
      : (["memory.limit_in_bytes", "memory.oom_control", "memory.failcnt"] as const);
  const move = (where: string): Promise<void> => writeFile(join(where, "cgroup.procs"), String(process.pid));
  try {
    await mkdir(group);
    await writeFile(join(group, limit), String(Math.round(bytes)));
    await move(group);
  } catch (error) {
    await rmdir(group).catch(() => {});
    return String(error);
  }
  const read = (file: string): Promise<string> => readFile(join(group, file), "utf8").catch(() => "");
  return {
    counts: async () => ({
      kills: Number((await read(events)).match(/^oom_kill (\d+)$/m)?.[1] ?? 0),
      met: Number((await read(met)).match(/^(?:max )?(\d+)$/m)?.[1] ?? 0),
    }),
    async [Symbol.asyncDispose]() {
      await move(place);
      await rmdir(group).catch(() => {});
    },
  };
}
