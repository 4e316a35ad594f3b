import { expect, test } from "vitest";
import { fallbackOf, hearWithFallback, isSilent } from "./fallback.ts";
import type { WindowText } from "./window-text.ts";

const good: WindowText = { ids: [], avgLogprob: -0.3, noSpeechProb: 0.1, compressionRatio: 1.5, temperature: 0 };
const ladder = fallbackOf({ temperatures: [0, 0.2, 0.4] });

/** The temperatures that a window is heard at. */
async function tried(fallback: typeof ladder, texts: readonly Partial<WindowText>[]): Promise<number[]> {
  const temperatures: number[] = [];
  await hearWithFallback(fallback, async (temperature) => {
    temperatures.push(temperature);
    return { ...good, ...texts[temperatures.length - 1] };
  });
  return temperatures;
}

test("a window is heard at higher temperatures until its text misses no threshold", async () => {
  expect(await tried(ladder, [{}])).toEqual([0]);
  expect(await tried(ladder, [{ compressionRatio: 2.5 }, {}])).toEqual([0, 0.2]);
  expect(await tried(ladder, [{ avgLogprob: -1.1 }, { compressionRatio: 3 }, { avgLogprob: -2 }])).toEqual([
    0, 0.2, 0.4,
  ]);
  expect(await tried(ladder, [{ compressionRatio: 2.4, avgLogprob: -1 }])).toEqual([0]);
});

test("silence is not heard again, and is silence only where its text is unlikely", async () => {
  const silent = { noSpeechProb: 0.7, avgLogprob: -1.5 };
  expect(await tried(ladder, [{ ...silent, compressionRatio: 9 }])).toEqual([0]);
  expect(isSilent({ ...good, ...silent }, ladder)).toBe(true);
  expect(isSilent({ ...good, noSpeechProb: 0.7 }, ladder)).toBe(false);
  expect(isSilent({ ...good, ...silent, noSpeechProb: 0.6 }, ladder)).toBe(false);
  expect(isSilent({ ...good, noSpeechProb: 0.7 }, fallbackOf({ noSpeechThreshold: 0.6 }))).toBe(true);
});

test("thresholds are openai/whisper's where several temperatures are named, and none where they are not", () => {
  expect(ladder).toMatchObject({ compressionRatioThreshold: 2.4, logprobThreshold: -1, noSpeechThreshold: 0.6 });
  expect(fallbackOf({ temperatures: [0, 1], logprobThreshold: -2 })).toMatchObject({ logprobThreshold: -2 });
  expect(fallbackOf({})).toEqual({
    temperatures: [0],
    compressionRatioThreshold: undefined,
    logprobThreshold: undefined,
    noSpeechThreshold: undefined,
  });
});
