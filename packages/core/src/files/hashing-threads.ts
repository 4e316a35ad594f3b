import { Worker } from "node:worker_threads";
import type { DigestAlgorithm } from "../contract/artifact-digest.ts";
import type { DigestFile, FileDigests, OnBytes } from "./file-digests.ts";

interface Job {
  readonly resolve: (digests: FileDigests) => void;
  readonly reject: (error: unknown) => void;
  readonly onBytes: OnBytes | undefined;
}

interface Thread {
  readonly worker: Worker;
  readonly jobs: Map<number, Job>;
}

/** What a thread says of a job, the last of which has its digests or its error. */
interface Said {
  readonly job: number;
  readonly bytes?: number;
  readonly digests?: FileDigests;
  readonly error?: Error;
}

/**
 * Threads that digest open files beside this one, each at the full rate of a core. Descriptors are the process's, so what a
 * caller has opened is what is read. For commands that verify much; runners may start no threads.
 */
export class HashingThreads implements AsyncDisposable {
  readonly #threads: Thread[] = [];
  readonly #count: number;
  #next = 0;

  /** @param count threads at the most; they start when there is work for them */
  constructor(count: number) {
    this.#count = count;
  }

  readonly digest: DigestFile = (descriptor, beside, onBytes) =>
    new Promise((resolve, reject) => {
      const { worker, jobs } = this.#leastBusy();
      const job = this.#next++;
      jobs.set(job, { resolve, reject, onBytes });
      // A thread keeps the process only while it works.
      worker.ref();
      worker.postMessage({ job, descriptor, beside } satisfies Asked);
    });

  /** Ends the threads; what is under way fails. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#threads.splice(0).map(({ worker }) => worker.terminate()));
  }

  #leastBusy(): Thread {
    const idle = this.#threads.find(({ jobs }) => jobs.size === 0);
    if (idle !== undefined) return idle;
    if (this.#threads.length < this.#count) return this.#start();
    return this.#threads.reduce((one, other) => (other.jobs.size < one.jobs.size ? other : one));
  }

  #start(): Thread {
    const worker = new Worker(hashing, { eval: true });
    const jobs = new Map<number, Job>();
    const thread = { worker, jobs };
    const fail = (error: unknown): void => {
      const at = this.#threads.indexOf(thread);
      if (at >= 0) this.#threads.splice(at, 1);
      for (const { reject } of jobs.values()) reject(error);
      jobs.clear();
    };
    worker.on("message", ({ job, bytes, digests, error }: Said) => {
      const asked = jobs.get(job);
      if (bytes !== undefined) asked?.onBytes?.(bytes);
      if (digests === undefined && error === undefined) return;
      jobs.delete(job);
      if (jobs.size === 0) worker.unref();
      if (digests !== undefined) asked?.resolve(digests);
      else asked?.reject(error);
    });
    worker.on("error", fail);
    worker.on("exit", () => fail(new Error("A thread that digests files ended.")));
    worker.unref();
    this.#threads.push(thread);
    return thread;
  }
}

interface Asked {
  readonly job: number;
  readonly descriptor: number;
  readonly beside: DigestAlgorithm | undefined;
}

/** The code of a thread. It blocks while it reads, which costs a thread nothing; a text, so that it needs no file of its own. */
const hashing = `
const { createHash } = require("node:crypto");
const { readSync } = require("node:fs");
const { parentPort } = require("node:worker_threads");
const buffer = Buffer.allocUnsafe(1 << 20);
const tellEvery = 1 << 24;
parentPort.on("message", ({ job, descriptor, beside }) => {
  try {
    const sha256 = createHash("sha256");
    const other = beside === undefined ? undefined : createHash(beside);
    let [position, told] = [0, 0];
    for (;;) {
      const count = readSync(descriptor, buffer, 0, buffer.length, position);
      if (count === 0) break;
      position += count;
      const bytes = buffer.subarray(0, count);
      sha256.update(bytes);
      if (other !== undefined) other.update(bytes);
      if (position - told >= tellEvery) {
        parentPort.postMessage({ job, bytes: position - told });
        told = position;
      }
    }
    const digests = { sha256: sha256.digest("hex") };
    if (other !== undefined) digests.other = beside + ":" + other.digest("hex");
    parentPort.postMessage({ job, bytes: position - told, digests });
  } catch (error) {
    parentPort.postMessage({ job, error });
  }
});
`;
