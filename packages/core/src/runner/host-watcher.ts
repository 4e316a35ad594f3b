import { once } from "node:events";
import { Worker } from "node:worker_threads";

/** Milliseconds between two looks at the host. */
const everyMs = 250;

/**
 * Ends this process when its host is gone, from a thread of its own, so that no busy JavaScript or native call delays it.
 * For systems where the kernel does not do so itself. A stopped process (SIGSTOP) is not ended: its threads stop too.
 * Must come before the guard, which refuses threads.
 * @returns when the thread runs: what it reserves is there then, before the host caps this process's memory
 */
export async function endWithHost(hostPid: number): Promise<void> {
  const watch = `
    const { workerData: host } = require("node:worker_threads");
    // Windows goes on naming a parent that has ended, so there the process itself is asked for.
    const isGone = () => { if (process.ppid !== host) return true; try { process.kill(host, 0); return false; } catch (error) { return error.code === "ESRCH"; } };
    setInterval(() => { if (isGone()) process.kill(process.pid, "SIGKILL"); }, ${everyMs});`;
  const limits = { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1 };
  const watcher = new Worker(watch, { eval: true, workerData: hostPid, resourceLimits: limits });
  await once(watcher, "online");
  watcher.unref();
}
