import { randomUUID } from "node:crypto";
import { open, rename, rm, stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { isModelError } from "../contract/model-error.ts";
import { systemError } from "../contract/system-error.ts";
import { readZooLock, type ZooLock } from "./zoo-lock.ts";
import { zooLockText } from "./zoo-lock-text.ts";

/** Milliseconds after which a change that has not ended is one that was killed. */
const abandonedAfterMs = 10_000;

/**
 * Reads a lock file, changes it and puts it in its place at once: a reader sees the old one or the new one. Changes by several
 * processes come one after another, so none is lost.
 * @throws `zoo_spec_invalid` for a file that is no lock, which stays as it is; `system_error`
 */
export async function changeZooLock(file: string, change: (lock: ZooLock) => ZooLock): Promise<ZooLock> {
  const turn = `${file}.changing`;
  await takeTurn(turn);
  const beside = `${file}.${randomUUID()}.new`;
  try {
    const lock = change(await readZooLock(file));
    await using to = await open(beside, "wx");
    await to.writeFile(zooLockText(lock));
    await to.sync();
    await rename(beside, file);
    return lock;
  } catch (error) {
    await rm(beside, { force: true });
    throw isModelError(error) ? error : systemError(`The lock ${file} cannot be written`, error);
  } finally {
    await rm(turn, { force: true });
  }
}

async function takeTurn(turn: string): Promise<void> {
  for (;;) {
    try {
      await (await open(turn, "wx")).close();
      return;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST"))
        throw systemError(`The lock ${turn} cannot be written`, error);
    }
    const since = await stat(turn).catch(() => undefined);
    if (since !== undefined && Date.now() - since.mtimeMs > abandonedAfterMs) await rm(turn, { force: true });
    else await sleep(20);
  }
}
