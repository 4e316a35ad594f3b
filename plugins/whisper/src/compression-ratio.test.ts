import { expect, test } from "vitest";
import { compressionRatio } from "./compression-ratio.ts";

const talk =
  'In 1969, the first astronauts landed on the moon; they said "it is one small step for man", and went home. ' +
  "We need three thousand two hundred and fifteen dollars by Tuesday, or the project will be cancelled. We need three thousand.";

// len(zlib.compress(text.encode())) of Python 3.11 with zlib 1.2.13
test.each([
  ["", 8],
  ["a", 9],
  ["Thank you.", 18],
  ["The meeting is adjourned. ".repeat(12), 39],
  ["you ".repeat(200), 19],
  ["And so my fellow Americans ask not what your country can do for you ask what you can do for your country.", 77],
  ["日本語 と 中文 ".repeat(9), 34],
  ["ha".repeat(5000), 36],
  [talk, 160],
])("%j has as many bytes as zlib makes of it", (text, size) => {
  expect(compressionRatio(text)).toBe(new TextEncoder().encode(text).length / size);
});
