import type { ZooEvent } from "./zoo-api.ts";

/** Tells everyone who listens what happens in a zoo, in order. */
export class ZooEvents {
  readonly #listeners = new Set<(event: ZooEvent) => void>();

  /** @returns the way to stop hearing */
  listen(listener: (event: ZooEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  emit(event: ZooEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
