import { expect, test } from "vitest";
import { taskFields } from "./task-field.ts";
import { vocabulary } from "./vocabulary.ts";

test("a task's fields carry kind, list, default and description through optional and default wrappers", () => {
  expect(taskFields(vocabulary["match-image"])).toMatchObject(
    [
      { name: "images", kind: "image", list: true, required: true, positional: true },
      { name: "labels", kind: "text", list: true, required: false, positional: false },
      { name: "template", kind: "text", list: false, required: false },
      { name: "top_k", kind: "integer", list: false, required: false, description: /keep/ },
    ].map((field) => ({
      ...field,
      ...(field.description ? { description: expect.stringMatching(field.description) } : {}),
    })),
  );
});

test("every task of the vocabulary can be shown as fields", () => {
  for (const task of Object.values(vocabulary)) expect(taskFields(task).some((field) => field.positional)).toBe(true);
});
