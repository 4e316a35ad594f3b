import { describe, expect, test } from "vitest";
import { speechTimeline, wholeTimeline } from "./timeline.ts";

/** Speech from 1 to 4 s and from 44 to 47 s, with 0.4 s of silence at each end of both; in samples of 16 kHz. */
const spans = [
  { start: 16_000, end: 64_000 },
  { start: 704_000, end: 752_000 },
];
const timeline = speechTimeline(spans, 6400, 50);
const place = (start: number, end: number): number[] => {
  const placed = timeline.place({ start, end });
  return [placed.start, placed.end];
};

describe("a segment is placed where it was spoken", () => {
  test.each([
    ["in one span", [0.4, 2.6], [1.4, 3.6]],
    ["to the very end of a span", [0.4, 3], [1.4, 4]],
    ["from the very start of a span", [3, 4], [44, 45]],
    ["over the pause, where both spans have some of it", [2, 5], [3, 46]],
    ["without the pause, where it ends in the silence before the next span", [0.4, 3.3], [1.4, 4]],
    ["without the pause, where it begins in the silence after a span", [2.7, 5], [44, 46]],
    ["nowhere beyond what was heard", [5, 9], [46, 47]],
  ])("%s", (_where, [start = 0, end = 0], expected) => {
    expect(place(start, end)).toEqual(expected);
  });

  test("spans that touch have no pause between them", () => {
    const touching = speechTimeline([spans[0] as never, { start: 64_000, end: 100_000 }], 6400, 50);
    expect(touching.place({ start: 0.4, end: 3.3 })).toEqual({ start: 1.4, end: 4.3 });
  });

  test("words lie in one span each, and the segment has their times", () => {
    const word = { word: " a", probability: 1 };
    const words = [
      { ...word, start: 2.5, end: 2.9 },
      { ...word, start: 2.9, end: 3.4 },
    ];
    expect(timeline.place({ start: 0, end: 9, words })).toEqual({
      start: 3.5,
      end: 44.4,
      words: [
        { ...word, start: 3.5, end: 3.9 },
        { ...word, start: 43.9, end: 44.4 },
      ],
    });
  });

  test("a whole recording ends where it ends", () => {
    expect(wholeTimeline(3).place({ start: 1, end: 4, words: [] })).toEqual({ start: 1, end: 3, words: [] });
  });
});
