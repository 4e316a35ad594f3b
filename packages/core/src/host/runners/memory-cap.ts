import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { dataBytes } from "./process-memory.ts";

/**
 * Caps the writable private memory that a process may add to what it had when it was first capped: a load or run beyond it
 * throws inside the process instead of ending it. Soft, so that it can be raised again without privileges.
 */
export class MemoryCap {
  readonly #pid: number;
  #present: Promise<number | undefined> | undefined;
  /** The change under way: two at once could come in the other order. */
  #setting: Promise<boolean> = Promise.resolve(true);

  constructor(pid: number) {
    this.#pid = pid;
  }

  /** @returns false where the system has no way to do so */
  set(bytes: number): Promise<boolean> {
    this.#setting = this.#setting.then(() => this.#set(bytes));
    return this.#setting;
  }

  async #set(bytes: number): Promise<boolean> {
    // Node reserves some 585 MB of address space that it never touches, so the cap counts from what stands there already.
    this.#present ??= dataBytes(this.#pid);
    const present = await this.#present;
    if (present === undefined) return false;
    try {
      const limit = Math.min(Number.MAX_SAFE_INTEGER, Math.round(present + bytes));
      await promisify(execFile)("prlimit", ["--pid", String(this.#pid), `--data=${limit}:`]);
      return true;
    } catch {
      return false;
    }
  }
}
