import type { Log } from "../contract/log.ts";
import { textOf } from "../contract/model-error.ts";
import type { ZooEvent } from "./local-zoo.ts";

/** Tells everyone who listens what happens in a zoo, in order. */
export class ZooEvents {
  readonly #listeners = new Set<(event: ZooEvent) => void>();
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  /** @returns the way to stop hearing */
  listen(listener: (event: ZooEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A listener that throws, or whose promise fails, is logged: what happens goes on for everybody else. */
  emit(event: ZooEvent): void {
    for (const listener of [...this.#listeners])
      void (async () => listener(event))().catch((error: unknown) => this.#complain(event, error));
  }

  #complain({ type }: ZooEvent, error: unknown): void {
    this.#log.error("a listener of the zoo's events failed", { event: type, error: textOf(error) });
  }
}
