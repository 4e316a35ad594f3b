import { readdir, readFile, stat } from "node:fs/promises";

/** What the process of the host holds. */
export interface HostFootprint {
  readonly descriptors: number;
  /** Files with a name in shared memory that are this project's. */
  readonly shared: number;
}

/** NaN for what the system cannot tell; every comparison with it is false, so say what must not be. */
export async function hostFootprint(): Promise<HostFootprint> {
  const count = async (folder: string, which: (name: string) => boolean): Promise<number> =>
    (await readdir(folder).catch(() => [])).filter(which).length;
  return {
    descriptors: await count("/proc/self/fd", () => true),
    shared: await count("/dev/shm", (name) => name.startsWith("menagerie-")),
  };
}

/** Those of some processes that are this process's children still. */
export async function livingChildren(pids: readonly number[]): Promise<number[]> {
  const found = await Promise.all(pids.map(async (pid) => ((await isChild(pid)) ? [pid] : [])));
  return found.flat();
}

/** Bytes that lie in the files which a runner process shares with its host: descriptors 4 and 5. */
export async function sharedBytes(pid: number): Promise<number> {
  const sizes = [4, 5].map(async (descriptor) => (await stat(`/proc/${pid}/fd/${descriptor}`)).size);
  const known = await Promise.all(sizes.map((size) => size.catch(() => 0)));
  return known.reduce((sum, size) => sum + size, 0);
}

async function isChild(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // Behind the name, which stands in brackets and may hold anything: the state, then the parent.
  const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(parent) === process.pid && state !== "Z";
}
