import { randomUUID } from "node:crypto";
import { closeSync, constants, openSync, unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Linux makes a file without a name at once: `__O_TMPFILE | O_DIRECTORY`, as the generic and x86 headers have them. */
const unnamed = 0o20200000;

/** Memory where the system has a file system for it, so that nothing is written to a disk; else the disk. */
const folders = ["/dev/shm", tmpdir()];

/** An open file without a name: two processes write and read it, and it is gone with the last of them. */
export class SharedFile implements Disposable {
  readonly descriptor: number;
  #isOpen = true;

  private constructor(descriptor: number) {
    this.descriptor = descriptor;
  }

  /** @returns undefined where no folder takes one: everything then travels in the messages themselves */
  static open(): SharedFile | undefined {
    for (const folder of folders) {
      for (const make of [openUnnamed, openAndUnlink]) {
        try {
          return new SharedFile(make(folder));
        } catch {
          // A folder that is missing, full or read-only, or a system that makes no files without names: the next may do.
        }
      }
    }
    return undefined;
  }

  [Symbol.dispose](): void {
    if (this.#isOpen) closeSync(this.descriptor);
    this.#isOpen = false;
  }
}

function openUnnamed(folder: string): number {
  if (process.platform !== "linux") throw new TypeError("only Linux has files without names");
  return openSync(folder, constants.O_RDWR | constants.O_EXCL | unnamed, 0o600);
}

function openAndUnlink(folder: string): number {
  const path = join(folder, `menagerie-${randomUUID()}`);
  const descriptor = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600);
  unlinkSync(path);
  return descriptor;
}
