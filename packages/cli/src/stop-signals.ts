import { endAtOnce } from "./end-at-once.ts";

export type StopSignal = "SIGINT" | "SIGTERM";

/** What a shell reports of a process that the signal ended: 128 and the signal's number. */
const exitCodes: Readonly<Record<StopSignal, number>> = { SIGINT: 130, SIGTERM: 143 };
const names = Object.keys(exitCodes) as StopSignal[];

/**
 * Gives the first process of a container what every other has: an end when it is asked to end. For process 1 the kernel
 * drops signals that have no handler.
 */
export function endWhenAsked(): void {
  if (process.pid === 1) for (const name of names) process.on(name, () => endAtOnce(exitCodes[name]));
}

/** The wish to stop, from the moment it is listened for: the first signal is kept, the second ends everything at once. */
export class StopSignals {
  /** Resolves at the first signal. */
  readonly first: Promise<StopSignal>;
  #received: StopSignal | undefined;

  constructor() {
    this.first = new Promise((resolve) => {
      for (const name of names) {
        process.removeAllListeners(name);
        process.on(name, () => {
          if (this.#received !== undefined) endAtOnce(exitCodes[name]);
          this.#received = name;
          resolve(name);
        });
      }
    });
  }

  get received(): StopSignal | undefined {
    return this.#received;
  }

  /** What the work gives, or undefined where a signal comes first; the work goes on and is left to who asked for it. */
  async unless<T>(work: Promise<T>): Promise<T | undefined> {
    return Promise.race([work, this.first.then(() => undefined)]);
  }
}
