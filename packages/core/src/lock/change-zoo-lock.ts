import { randomUUID } from "node:crypto";
import { open, rename, rm, stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { isModelError } from "../contract/model-error.ts";
import { isAbsent, systemError } from "../contract/system-error.ts";
import { readZooLock, type ZooLock } from "./zoo-lock.ts";
import { zooLockText } from "./zoo-lock-text.ts";

/** Milliseconds after which a change that has not ended is one that was killed. */
const abandonedAfterMs = 10_000;

/**
 * Reads a lock file, changes it and puts it in its place at once: a reader sees the old one or the new one. Changes by several
 * processes come one after another, so none is lost; where one took so long that another had its turn, it is made anew.
 * @param change may be asked again, with what the lock says then
 * @throws `zoo_spec_invalid` for a file that is no lock, which stays as it is; `system_error`
 */
export async function changeZooLock(file: string, change: (lock: ZooLock) => ZooLock): Promise<ZooLock> {
  const turn = `${file}.changing`;
  const own = await takeTurn(turn);
  const beside = `${file}.${randomUUID()}.new`;
  try {
    for (;;) {
      const before = await stampOf(file);
      const lock = change(await readZooLock(file));
      await write(beside, zooLockText(lock));
      if ((await stampOf(file)) !== before) continue;
      await rename(beside, file);
      return lock;
    }
  } catch (error) {
    await rm(beside, { force: true });
    throw isModelError(error) ? error : systemError(`The lock ${file} cannot be written`, error);
  } finally {
    // Whoever was thought to be killed must not end the turn of the one after it.
    if ((await stampOf(turn).catch(() => undefined)) === own) await rm(turn, { force: true });
  }
}

async function write(file: string, text: string): Promise<void> {
  await using to = await open(file, "w");
  await to.writeFile(text);
  await to.sync();
}

/** Which file is there, and in which state; undefined where there is none. */
async function stampOf(file: string): Promise<string | undefined> {
  try {
    const { ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
    return `${ino}:${size}:${mtimeNs}:${ctimeNs}`;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** Waits for one's turn. @returns the stamp of the file that says whose it is */
async function takeTurn(turn: string): Promise<string | undefined> {
  let seen: { readonly stamp: string | undefined; readonly at: number } | undefined;
  for (;;) {
    try {
      await (await open(turn, "wx")).close();
      return await stampOf(turn);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST"))
        throw systemError(`The lock ${turn} cannot be written`, error);
    }
    const stamp = await stampOf(turn).catch(() => undefined);
    if (seen === undefined || seen.stamp !== stamp) seen = { stamp, at: performance.now() };
    // Its time is of the clock of whoever made it, which may have gone wrong: what was watched for so long counts too.
    if (performance.now() - seen.at > abandonedAfterMs || (await isOld(turn))) await removeTurn(turn);
    else await sleep(20);
  }
}

async function isOld(turn: string): Promise<boolean> {
  const since = await stat(turn).catch(() => undefined);
  return since !== undefined && Date.now() - since.mtimeMs > abandonedAfterMs;
}

async function removeTurn(turn: string): Promise<void> {
  await rm(turn, { force: true }).catch((error: unknown) => {
    throw systemError(`${turn}, which a process that was killed has left, cannot be removed`, error);
  });
}
