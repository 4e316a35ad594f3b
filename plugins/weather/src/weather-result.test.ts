import { expect, test } from "vitest";
import { weatherResult } from "./weather-result.ts";

const answer = (scores: Record<string, number>) => ({
  labels: Object.entries(scores)
    .map(([label, score]) => ({ label, score }))
    .sort((a, b) => b.score - a.score),
});

test("weather is known by the words of its label, misspelt or not, whatever their order", () => {
  for (const [label, condition] of [
    ["cloudy/overcast", "cloudy"],
    ["foggy/hazy", "foggy"],
    ["rain/storm", "rainy"],
    ["rain/strom", "rainy"],
    ["snow/frosty", "snowy"],
    ["snowstorm", "snowy"],
    ["sun/clear", "clear"],
    ["Thunderstorm", "rainy"],
    ["HeavyRain", "rainy"],
    ["fog_smog", "foggy"],
    ["Sunny day", "clear"],
  ] as const)
    expect(weatherResult(answer({ [label]: 1 }))).toMatchObject({ label, condition, scores: { [condition]: 1 } });
});

test("visibility follows the weather, and nears the unknown's as confidence falls", () => {
  expect(weatherResult(answer({ "snow/frosty": 0.6, "sun/clear": 0.3, "foggy/hazy": 0.1 }))).toEqual({
    label: "snow/frosty",
    condition: "snowy",
    confidence: 0.6,
    scores: { clear: 0.3, cloudy: 0, foggy: 0.1, rainy: 0, snowy: 0.6 },
    affects_visibility: true,
    visibility_factor: 0.5,
    adjusted_visibility_factor: expect.closeTo(0.5 * 0.6 + 0.8 * 0.4, 12),
  });
  const clear = weatherResult(answer({ "sun/clear": 1 }));
  expect([clear.affects_visibility, clear.visibility_factor, clear.adjusted_visibility_factor]).toEqual([false, 1, 1]);
  expect(weatherResult(answer({ "cloudy/overcast": 1 })).visibility_factor).toBe(0.9);
  expect(weatherResult(answer({ "rain/storm": 1 })).visibility_factor).toBe(0.7);
});

test("labels of another model are refused", () => {
  const refused = expect.objectContaining({ code: "input_invalid" });
  for (const label of ["tench", "rainbow", "train", "unclear", "hazard", "sandstorm"])
    expect(() => weatherResult(answer({ [label]: 1 })), label).toThrow(refused);
  expect(() => weatherResult({ labels: [] })).toThrow(refused);
});
