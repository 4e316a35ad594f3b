import { isDeepStrictEqual } from "node:util";
import type { RegisteredTask } from "@menagerie/core";
import type { ModelLoader } from "@menagerie/core/loader";

/** A question to a loader. */
export interface Question {
  readonly task: RegisteredTask;
  readonly input: unknown;
}

/**
 * Asks a loaded model all of the questions, then again from the last to the first, and each twice running: what was asked before
 * must not matter, since one signature stands for all answers.
 * @returns the tasks that were answered otherwise than the first time
 */
export async function changedAnswers(loader: ModelLoader, questions: readonly Question[]): Promise<string[]> {
  const first = new Map<Question, unknown>();
  for (const question of questions) first.set(question, await answerOf(loader, question));
  const changed = new Set<string>();
  for (const question of [...questions].reverse()) {
    for (let times = 0; times < 2; times++)
      if (!isDeepStrictEqual(await answerOf(loader, question), first.get(question))) changed.add(question.task.name);
  }
  return [...changed].sort();
}

/** A copy: a loader may give the same arrays again. */
async function answerOf(loader: ModelLoader, { task, input }: Question): Promise<unknown> {
  return structuredClone(await loader.run(task, input));
}
