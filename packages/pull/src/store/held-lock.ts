import { randomUUID } from "node:crypto";
import { link, open, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { ModelError, systemError } from "@menagerie/core";
import { makeFolder } from "./make-folder.ts";

export interface LockTimes {
  /** Milliseconds between two signs of life. Default: 1 s. */
  readonly beatMs?: number | undefined;
  /** Milliseconds without one, by the clock of whoever waits, after which the holder counts as gone. Default: 5 s. */
  readonly staleMs?: number | undefined;
}

/**
 * One at a time, among all processes that see the folder, on this machine or over a network: a file that its holder touches. A
 * holder that is killed is succeeded after some seconds, at once where this machine can see that its process is gone. Clocks of
 * machines differ: what counts is that the file stays as it is, not the time that it bears.
 */
export class HeldLock implements AsyncDisposable {
  readonly #path: string;
  readonly #token: string;
  readonly #staleMs: number;
  readonly #timer: NodeJS.Timeout;
  #seen = performance.now();
  #isLost = false;

  private constructor(path: string, token: string, { beatMs = 1000, staleMs = 5000 }: LockTimes) {
    this.#path = path;
    this.#token = token;
    this.#staleMs = staleMs;
    this.#timer = setInterval(() => void this.#beat(), beatMs);
    this.#timer.unref();
  }

  /** Waits for its turn. @param onWait told once where somebody else has it. @throws `system_error`; an `AbortError` */
  static async take(
    path: string,
    signal: AbortSignal | undefined,
    onWait: () => void,
    times: LockTimes = {},
  ): Promise<HeldLock> {
    const unwritable = (error: unknown): never => {
      throw systemError(
        `${path} cannot be written, by which processes that share the folder of models take turns`,
        error,
      );
    };
    await makeFolder(dirname(path)).catch(unwritable);
    const token = `${JSON.stringify({ pid: process.pid, host: hostname(), id: randomUUID() })}\n`;
    const holder = new SilentHolder(path, times);
    for (let isFirst = true; ; isFirst = false) {
      signal?.throwIfAborted();
      if (await made(path, token).catch(unwritable)) return new HeldLock(path, token, times);
      if (isFirst) onWait();
      const abandoned = await holder.abandoned();
      if (abandoned !== undefined) await removeAbandoned(path, abandoned);
      await sleep(Math.min(50, times.beatMs ?? 50), undefined, signal === undefined ? {} : { signal });
    }
  }

  /** @throws `system_error` where this process slept so long that another may have taken its place */
  assertHeld(): void {
    if (!this.#isLost && performance.now() - this.#seen < this.#staleMs * 0.8) return;
    this.#isLost = true;
    throw new ModelError(
      "system_error",
      `This pull stood still for ${Math.round((performance.now() - this.#seen) / 1000)} s, and another may have taken its place. Pull again: what has arrived is kept.`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    if ((await readFile(this.#path, "utf8").catch(() => "")) === this.#token) await rm(this.#path, { force: true });
  }

  async #beat(): Promise<void> {
    try {
      if ((await readFile(this.#path, "utf8")) !== this.#token) throw new Error("it is somebody else's");
      const now = new Date();
      await utimes(this.#path, now, now);
      if (!this.#isLost) this.#seen = performance.now();
    } catch {
      // Whoever writes next is told.
      this.#isLost = true;
    }
  }
}

/** Makes the file with its content at once: a reader never sees it empty. */
async function made(path: string, token: string): Promise<boolean> {
  const beside = `${path}.${randomUUID()}`;
  try {
    await using file = await open(beside, "wx");
    await file.writeFile(token);
    await link(beside, path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return false;
    if (code === "EPERM" || code === "ENOTSUP" || code === "ENOSYS") return madeWithoutLinks(path, token);
    throw error;
  } finally {
    await rm(beside, { force: true });
  }
}

async function madeWithoutLinks(path: string, token: string): Promise<boolean> {
  try {
    await using file = await open(path, "wx");
    await file.writeFile(token);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Looks at a lock again and again, and tells when its holder shows no life. */
class SilentHolder {
  readonly #path: string;
  readonly #beatMs: number;
  readonly #staleMs: number;
  #seen = "";
  #since = performance.now();

  constructor(path: string, { beatMs = 1000, staleMs = 5000 }: LockTimes) {
    this.#path = path;
    this.#beatMs = beatMs;
    this.#staleMs = staleMs;
  }

  /** @returns the text of a lock whose holder counts as gone */
  async abandoned(): Promise<string | undefined> {
    const [info, text] = await Promise.all([
      stat(this.#path, { bigint: true }).catch(() => undefined),
      readFile(this.#path, "utf8").catch(() => ""),
    ]);
    if (info === undefined) return undefined;
    const seen = `${info.ino} ${info.mtimeNs} ${text}`;
    if (seen !== this.#seen) this.#since = performance.now();
    this.#seen = seen;
    const silentMs = performance.now() - this.#since;
    if (silentMs > this.#staleMs) return text;
    // Of a process of this machine the time in the file is by the same clock.
    const ownMs = Math.max(silentMs, Date.now() - Number(info.mtimeMs));
    return ownMs > 2 * this.#beatMs && isGone(text) ? text : undefined;
  }
}

async function removeAbandoned(path: string, text: string): Promise<void> {
  // Taken aside first: of several that find it abandoned one alone removes it, and never a newer one.
  const aside = `${path}.${randomUUID()}.abandoned`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  if ((await readFile(aside, "utf8").catch(() => "")) !== text) await link(aside, path).catch(() => {});
  await rm(aside, { force: true });
}

/** Whether its process was of this machine, and is no more. */
function isGone(text: string): boolean {
  try {
    const { pid, host } = JSON.parse(text) as { pid: number; host: string };
    if (host !== hostname()) return false;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}
