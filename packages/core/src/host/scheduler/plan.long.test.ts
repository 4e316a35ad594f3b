import * as fc from "fast-check";
import { test } from "vitest";
import { planHolds } from "./fixtures/plan-property.ts";

test("a plan is what then happens, for ten thousand random traces before it", { timeout: 600_000 }, () => {
  fc.assert(planHolds, { numRuns: 10_000 });
});
