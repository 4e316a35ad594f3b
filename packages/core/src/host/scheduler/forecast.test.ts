import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { recorded, traffic, zoo } from "./fixtures/plan-property.ts";
import { forecastOf } from "./forecast.ts";
import { withBudgets } from "./plan.ts";
import { tallyOf } from "./replay.ts";
import { parseTrace } from "./trace-text.ts";

describe("a forecast", () => {
  test("is what then happens, for any traffic", () => {
    fc.assert(
      fc.property(traffic, (arrivals) => {
        const { simulation, journal } = recorded(zoo(), arrivals);
        simulation.advance(simulation.now + 30_000);
        const { total, models, devices } = forecastOf(zoo(), arrivals);
        const happened = tallyOf(journal.record ?? { start: zoo(), entries: [] });
        expect(total).toMatchObject({ requests: arrivals.length, refused: 0, loads: happened.loads });
        expect(total.bytes).toBe(happened.bytes);
        expect(models.reduce((sum, { loads }) => sum + loads, 0)).toBe(total.loads);
        for (const { reserved, budget } of devices)
          for (const { amount } of reserved) expect(amount).toBeLessThanOrEqual(budget);
      }),
      { numRuns: 50 },
    );
  });

  test("says when each model is up, and what is refused", () => {
    const arrivals = [
      { at: 1000, model: "m0", runMs: 10 },
      { at: 6000, model: "m2", runMs: 10 },
      { at: 6001, model: "m2", runMs: 10, waitMs: 5 },
    ];
    const { models, total } = forecastOf(zoo(), arrivals);
    const [m0, m2] = ["m0", "m2"].map((name) => models.find(({ model }) => model === name));
    expect(m0?.stays).toMatchObject([{ from: 0, until: 5020 }]);
    expect(m2).toMatchObject({ requests: 2, refused: 1, loads: 1 });
    expect(m2?.stays[0]?.from).toBe(5020);
    expect(total).toMatchObject({ requests: 3, refused: 1, loads: 2 });
  });

  test("counts with a device that is not there, and with what is to be kept", () => {
    const state = withBudgets(zoo(), { "cuda:0": 500 });
    const { devices, models } = forecastOf(state, [{ at: 0, model: "m0", runMs: 1 }], { goal: ["m1"] });
    expect(devices.map(({ device, budget }) => [device, budget])).toEqual([
      ["cpu", 100],
      ["cuda:0", 500],
    ]);
    expect(models.find(({ model }) => model === "m1")).toMatchObject({ requests: 0, loads: 1 });
  });
});

describe("a trace", () => {
  test("has its requests in order of time, with what was left out filled in", () => {
    const lines = ['{"time":20,"model":"b","priority":"high","ms":7,"deadline_ms":90}', "", '{"time":5,"model":"a"}'];
    expect(parseTrace(lines.join("\n"))).toEqual([
      { at: 5, model: "a", priority: "medium", runMs: 50 },
      { at: 20, model: "b", priority: "high", runMs: 7, waitMs: 90 },
    ]);
    expect(parseTrace('{"time":"1970-01-01T00:00:01Z","model":"a"}')[0]?.at).toBe(1000);
  });

  test.each([
    ["", "has no requests"],
    ["{", "line 1: it is no JSON object"],
    ['{"time":1,"model":"a"}\n{"model":"a"}', 'line 2: "time" is neither'],
    ['{"time":1}', '"model" is not'],
    ['{"time":1,"model":"a","priority":"urgent"}', "none of critical, high, medium, low"],
    ['{"time":1,"model":"a","ms":-1}', '"ms" is not'],
    ['{"time":1,"model":"a","deadline_ms":"x"}', '"deadline_ms" is not'],
    ['{"menagerie_journal":1}', "`zoo replay` plays a journal"],
  ])("that cannot be read is refused with its line: %s", (text, words) => {
    expect(() => parseTrace(text)).toThrow(words);
  });
});
