import { ModelError } from "../contract/model-error.ts";
import { parseTaskInput } from "../tasks/task-registry.ts";
import type { TaskName } from "../tasks/vocabulary.ts";

/**
 * Asks several questions of one task by one use of what the loader opened.
 * @param inputOf what the task takes, for each of the list
 * @param answer what is asked of what the loader opened
 * @throws `input_invalid` for what is no list, or for an input that the task's schema refuses; `model_not_loaded`
 */
export type AskedTogether = <Item, Answer>(
  task: TaskName,
  items: readonly Item[],
  inputOf: (item: Item) => unknown,
  answer: () => Promise<Answer>,
) => Promise<Answer>;

/** Questions that go past the loader's own `run`, which its `unload` waits for; the end of a model waits for these. */
export class QuestionsTogether {
  readonly #model: string;
  readonly #running = new Set<Promise<unknown>>();
  #isEnded = false;

  constructor(model: string) {
    this.#model = model;
  }

  readonly ask: AskedTogether = async (task, items, inputOf, answer) => {
    // An iterable could be gone through once, and would have no answers.
    if (!Array.isArray(items))
      throw new ModelError("input_invalid", `${this.#model} takes several inputs of ${task} as an array.`, {
        model: this.#model,
        details: { task },
      });
    for (const item of items) parseTaskInput(task, inputOf(item));
    if (this.#isEnded)
      throw new ModelError("model_not_loaded", `${this.#model} cannot answer ${task}: it is not loaded.`, {
        model: this.#model,
        details: { task },
      });
    const answered = answer();
    this.#running.add(answered);
    try {
      return await answered;
    } finally {
      this.#running.delete(answered);
    }
  };

  /** Takes no more, and resolves when those under way have ended. */
  async end(): Promise<void> {
    this.#isEnded = true;
    await Promise.allSettled(this.#running);
  }
}
