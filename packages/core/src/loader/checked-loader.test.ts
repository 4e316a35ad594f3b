import { expect, test } from "vitest";
import { z } from "zod";
import { defineTask } from "../tasks/task.ts";
import { TaskRegistry } from "../tasks/task-registry.ts";
import { checkedLoader } from "./checked-loader.ts";
import type { ModelLoader } from "./model-loader-base.ts";

const audio = new Uint8Array([1]);
const asked: unknown[] = [];
const loader = checkedLoader({
  modelName: "m",
  vramMb: 0,
  taskNames: ["transcribe-audio"],
  load: async () => {},
  unload: async () => {},
  run: async (_task: unknown, input: unknown) => asked.push(input),
} as unknown as ModelLoader);

test.each([Number.NaN, Number.POSITIVE_INFINITY, -1, 1e300])(
  "a loader without a zoo is asked nothing that the task refuses: %s",
  async (value) => {
    const fields = new TaskRegistry().named("transcribe-audio").fields.map(({ name }) => name);
    for (const field of fields.filter((name) => name.startsWith("vad_")))
      await expect(loader.run("transcribe-audio", { audio, vad: true, [field]: value }), field).rejects.toMatchObject({
        code: "input_invalid",
        message: expect.stringContaining(`"${field}"`),
      });
    expect(asked).toEqual([]);
  },
);

test("is asked what was asked, without the defaults of the task", async () => {
  await loader.run("transcribe-audio", { audio });
  expect(asked.splice(0)).toEqual([{ audio }]);
});

test("a task of a package's own is checked where its value has a schema", async () => {
  const task = defineTask({
    name: "count-words",
    summary: "How many",
    input: z.strictObject({ most: z.int().max(5) }),
    output: z.strictObject({ count: z.int() }),
  });
  await expect(loader.run(task, { most: 6 })).rejects.toMatchObject({ code: "input_invalid" });
  await loader.run(task, { most: 5 });
  await loader.run({ name: "count-words" }, { most: 6 });
  expect(asked.splice(0)).toEqual([{ most: 5 }, { most: 6 }]);
});
