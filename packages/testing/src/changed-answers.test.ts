import { logTo, type ModelSpec, TaskRegistry } from "@menagerie/core";
import { type LoadContext, ModelLoaderBase, type TaskMethods } from "@menagerie/core/loader";
import { expect, test } from "vitest";
import { changedAnswers, type Question } from "./changed-answers.ts";

const spec = { model_name: "m", tasks: ["score-image"], resource_requirements: {} } as unknown as ModelSpec;
const image = new Uint8Array([1]);

/** Scores by what it was asked before, or not. */
class CountingLoader extends ModelLoaderBase<{ count: number }> {
  readonly #isStateful: boolean;
  protected override readonly tasks: TaskMethods<{ count: number }> = {
    "score-image": (state) => ({ score: this.#isStateful ? ++state.count : 1, best: 0, worst: 100 }),
  };

  constructor(isStateful: boolean) {
    const context = { spec, device: "cpu", log: logTo(() => {}) } as unknown as LoadContext;
    super(spec, () => context);
    this.#isStateful = isStateful;
  }

  protected override async open(): Promise<{ count: number }> {
    return { count: 0 };
  }
}

test.each([
  [false, []],
  [true, ["score-image"]],
])("a loader whose answers depend on what was asked before (%s) is noticed: %j", async (isStateful, changed) => {
  const loader = new CountingLoader(isStateful);
  await loader.load("cpu");
  const questions: Question[] = [{ task: new TaskRegistry().named("score-image"), input: { image } }];
  expect(await changedAnswers(loader, questions)).toEqual(changed);
});
