import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Worker } from "node:worker_threads";

/** Of one file's bytes, lower-case hexadecimal. */
export interface Digests {
  readonly sha256: string;
  /** The id that git gives the file. */
  readonly gitSha1: string;
}

/** Begins the hashes of a file of that size. */
function hashesOf(sizeBytes: number): readonly [sha256: Hash, gitSha1: Hash] {
  return [createHash("sha256"), createHash("sha1").update(`blob ${sizeBytes}\0`)];
}

/** Reads a file and takes its digests. @throws the system's errors */
export async function digestsOf(path: string, signal?: AbortSignal): Promise<Digests> {
  const hashes = hashesOf((await stat(path)).size);
  const options = { highWaterMark: 1 << 20, ...(signal === undefined ? {} : { signal }) };
  for await (const bytes of createReadStream(path, options)) for (const hash of hashes) hash.update(bytes as Buffer);
  const [sha256, gitSha1] = hashes.map((hash) => hash.digest("hex"));
  return { sha256: sha256 ?? "", gitSha1: gitSha1 ?? "" };
}

/** Text, because the packages run as sources and as bundles, and a thread needs a file of either kind. */
const threadCode = `
const { parentPort, workerData } = require("node:worker_threads");
const { closeSync, openSync, readSync } = require("node:fs");
const { createHash } = require("node:crypto");
const file = openSync(workerData.path, "r");
const buffer = Buffer.allocUnsafe(1 << 20);
const sha256 = createHash("sha256");
let at = 0;
parentPort.on("message", ({ to, isEnd }) => {
  while (at < to) {
    const read = readSync(file, buffer, 0, Math.min(buffer.length, to - at), at);
    if (read === 0) break;
    sha256.update(buffer.subarray(0, read));
    at += read;
  }
  if (!isEnd) return;
  closeSync(file);
  parentPort.postMessage({ sha256: sha256.digest("hex"), bytes: at });
  parentPort.close();
});
`;

/** Takes the sha256 of a file in a thread of its own, while it is still being written: it follows the writer. */
export class FollowingDigest implements AsyncDisposable {
  readonly #worker: Worker;
  readonly #result: Promise<string>;

  constructor(path: string) {
    this.#worker = new Worker(threadCode, { eval: true, workerData: { path }, stdout: false, stderr: false });
    this.#result = new Promise((resolve, reject) => {
      this.#worker.once("message", ({ sha256 }: { sha256: string }) => resolve(sha256));
      this.#worker.once("error", reject);
      this.#worker.once("exit", () => reject(new Error("the thread that hashes ended early")));
    });
    // It is told when somebody asks for it.
    this.#result.catch(() => {});
  }

  /** The file is whole from its first byte up to this one. */
  advance(to: number): void {
    this.#worker.postMessage({ to, isEnd: false });
  }

  /** @returns the digest of so many bytes, when they have been read */
  finish(sizeBytes: number): Promise<string> {
    this.#worker.postMessage({ to: sizeBytes, isEnd: true });
    return this.#result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }
}
