import { expect, test } from "vitest";
import type { Refusal } from "../scheduler/scheduler-event.ts";
import { refusalError } from "./refusal-error.ts";

const common = { model: "late", resource: "loaded", bytes: 1, budget: 2 } as const;

test.each<[string, Refusal, string]>([
  [
    "that one kept model takes",
    { ...common, kind: "never-fits", budget: 1, kept: 1 },
    "late cannot be loaded beside the model that is kept: max_loaded of the zoo spec is 1.",
  ],
  [
    "that kept models take",
    { ...common, kind: "never-fits", kept: 2 },
    "late cannot be loaded beside the 2 models that are kept: max_loaded of the zoo spec is 2.",
  ],
  [
    "that does not come free",
    { ...common, kind: "waited-too-long", reserved: 2, phase: "cold" },
    "late waited too long for its turn among the loaded models: 2 of 2 (max_loaded of the zoo spec) are leased",
  ],
])("a place among the loaded models %s is told in models, not in megabytes", (_what, refusal, words) => {
  const error = refusalError(refusal, undefined, 0);
  expect(error.code).toBe("insufficient_memory");
  expect(error.message).toContain(words);
  expect(error.message).not.toMatch(/MB|on loaded/);
});
