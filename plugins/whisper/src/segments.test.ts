import { describe, expect, test } from "vitest";
import { SeekGuard } from "./seek-guard.ts";
import { cutSegments } from "./segments.ts";

const firstTimestamp = 100;
const cut = (ids: readonly number[], frames = 3000, seek = 0) => cutSegments(ids, { seek, frames, firstTimestamp });

describe("the segments of a window", () => {
  test("end where two times meet, and the next window begins at the last pair", () => {
    expect(cut([100, 1, 2, 150, 150, 3, 200, 200])).toEqual({
      segments: [
        { start: 0, end: 1, ids: [100, 1, 2, 150] },
        { start: 1, end: 2, ids: [150, 3, 200, 200] },
      ],
      advance: 200,
    });
    expect(cut([100, 1, 150, 150, 3, 4]).advance).toBe(100);
  });

  test("end with a single time, after which nothing more was said", () => {
    const { segments, advance } = cut([100, 1, 150, 160, 3, 200], 3000, 500);
    expect(segments.map(({ start, end }) => [start, end])).toEqual([
      [5, 6],
      [6.2, 7],
    ]);
    expect(advance).toBe(3000);
  });

  test("have times of two decimals, however far into a recording", () => {
    const { segments } = cut([100, 1, 460, 460, 2, 710], 3000, 500);
    expect(segments.map(({ start, end }) => [start, end])).toEqual([
      [5, 12.2],
      [12.2, 17.2],
    ]);
  });

  test("are one where no two times meet, from the window's start even if its first time is later", () => {
    expect(cut([106, 1, 2, 150])).toEqual({ segments: [{ start: 0, end: 1, ids: [106, 1, 2, 150] }], advance: 3000 });
    expect(cut([])).toEqual({ segments: [{ start: 0, end: 30, ids: [] }], advance: 3000 });
  });

  // int(torch.tensor(frames) * 0.01 / 0.02), which is float32
  test.each([
    [30, 14],
    [54, 26],
    [60, 29],
    [108, 53],
    [430, 214],
    [431, 215],
    [2999, 1499],
    [3000, 1500],
  ] as const)("end without a time after as many times as torch finds in %i frames", (frames, positions) => {
    expect(cut([1, 2], frames).segments[0]?.end).toBe(positions / 50);
  });
});

describe("a text that creeps", () => {
  test("is left behind after ten windows that came on by less than a tenth of one", () => {
    const guard = new SeekGuard(3000);
    let seek = 0;
    for (let window = 1; window < 10; window++) seek = guard.next(seek, 2);
    expect(seek).toBe(18);
    expect(guard.next(seek, 2)).toBe(3018);
  });

  test("is none where windows come on, by however little each", () => {
    const guard = new SeekGuard(3000);
    let seek = 0;
    for (let window = 1; window <= 100; window++) seek = guard.next(seek, 30);
    expect(seek).toBe(3000);
  });
});
