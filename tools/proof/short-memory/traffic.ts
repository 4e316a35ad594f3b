import { isModelError } from "@menagerie/core";
import type { LocalZoo } from "@menagerie/core/host";
import { times } from "../proof.ts";

export const clients = 8;

/** Clients that ask one question after another, the smaller models more often than the large ones, until it is disposed of. */
export class Traffic implements AsyncDisposable {
  /** Milliseconds that each answer took. */
  readonly waits: number[] = [];
  readonly failures: string[] = [];
  readonly #asking: readonly Promise<void>[];
  #isOver = false;

  /** @param names from small to large */
  constructor(zoo: LocalZoo, names: readonly string[]) {
    this.#asking = Array.from({ length: clients }, () => this.#ask(zoo, names));
  }

  async #ask(zoo: LocalZoo, names: readonly string[]): Promise<void> {
    while (!this.#isOver) {
      const name = names[Math.floor(names.length * Math.random() ** 2)] ?? "";
      const started = performance.now();
      try {
        await zoo.run(name, "score-image", times(1 + Math.floor(3 * Math.random())));
        this.waits.push(performance.now() - started);
      } catch (error) {
        this.failures.push(isModelError(error) ? `${error.code}: ${error.message}` : String(error));
      }
      await new Promise((resolve) => setTimeout(resolve, 100 * Math.random()));
    }
  }

  /** Resolves when the last question is answered. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#asking);
  }
}
