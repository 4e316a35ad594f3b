import type { Draws } from "./draws.ts";

/** A text as no one writes it: many scripts, halves of surrogate pairs, controls, marks, and now and then 100 kB of one sign. */
export function drawnText(draws: Draws): string {
  if (draws.chance(0.01)) return draws.pick(signs)(draws).repeat(100_000).slice(0, 100_000);
  const pieces = Array.from({ length: draws.pick([0, 1, 3, 10, 40]) }, () =>
    draws
      .pick(signs)(draws)
      .repeat(draws.pick([1, 1, 1, 2, 9])),
  );
  return pieces.join(draws.pick(["", "", " ", "\n"]));
}

type Sign = (draws: Draws) => string;

const code =
  (low: number, high: number): Sign =>
  (draws) =>
    String.fromCodePoint(draws.integer(low, high));

const signs: readonly Sign[] = [
  code(0x20, 0x7e),
  code(0x61, 0x7a),
  code(0, 0x1f),
  code(0x7f, 0xff),
  code(0x300, 0x36f),
  code(0x370, 0x5ff),
  code(0x600, 0x8ff),
  code(0x900, 0xdff),
  code(0xe00, 0x11ff),
  code(0x2000, 0x20ff),
  code(0x3040, 0x9fff),
  code(0xac00, 0xd7a3),
  (draws) => String.fromCharCode(draws.integer(0xd800, 0xdfff)),
  code(0xe000, 0xffff),
  code(0x1_0000, 0x1_ffff),
  code(0xe_0000, 0x10_ffff),
  (draws) =>
    draws.pick([
      "the ",
      "hello",
      "straße",
      "ﬁ",
      "İ",
      "\u200d",
      "\ufeff",
      "\ufffd",
      "👩‍👩‍👧",
      "e\u0301",
      " ",
      "\t",
      "\r\n",
    ]),
  (draws) =>
    draws.pick([
      "&amp;",
      "&#x110000;",
      "&#0;",
      "&lt",
      "&NTILDE;",
      "<b>",
      "\u001b[31m",
      "_",
      "…",
      "''",
      "[CLS]",
      "</s>",
      "<|endoftext|>",
    ]),
];
