import { expect, test } from "vitest";
import { ModelError } from "../contract/model-error.ts";
import { failedOpen } from "./failed-open.ts";

test("what a loader or an engine throws is told with whose it is; what has a code keeps its own words", () => {
  const cause = new TypeError("provider.open is not a function");
  const told = failedOpen(cause, "comb", 'The engine "wax", asked for the graph "main" of comb,');
  expect(told).toMatchObject({
    code: "model_load_failed",
    model: "comb",
    message: 'The engine "wax", asked for the graph "main" of comb, failed: provider.open is not a function',
    cause,
  });
  // Through the loader, which called the engine.
  expect(failedOpen(told, "comb", 'The loader "comb" of comb')).toBe(told);
  const own = new ModelError("weights_missing", "no weights", { model: "comb" });
  expect(failedOpen(own, "comb", "The loader")).toBe(own);
});
