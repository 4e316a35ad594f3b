import { randomUUID } from "node:crypto";
import { closeSync, constants, existsSync, ftruncateSync, openSync, unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** An open file without a name: two processes write and read it, and it is gone with the last of them. */
export class SharedFile implements Disposable {
  readonly descriptor: number;
  #open = true;

  constructor() {
    // Memory where the system has a file system for it, so that nothing is written to a disk.
    const folder = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
    const path = join(folder, `menagerie-${randomUUID()}`);
    this.descriptor = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600);
    unlinkSync(path);
  }

  /** Gives the pages of the last message back. */
  clear(): void {
    if (this.#open) ftruncateSync(this.descriptor, 0);
  }

  [Symbol.dispose](): void {
    if (this.#open) closeSync(this.descriptor);
    this.#open = false;
  }
}
