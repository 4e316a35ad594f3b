import { expect, test } from "vitest";
import { ModelError } from "../contract/model-error.ts";
import { readable, readableEntry, readableError } from "./readable.ts";
import { encodeValue } from "./value-writer.ts";

/** Those of words, in protocol.ts. */
const limits = { bytes: 2 ** 20, memory: 2 ** 22, arrays: 0 };

const deep = (levels: number): unknown =>
  Array.from({ length: levels }).reduce<unknown>((inner) => ({ inner }), "the end");

const odd: readonly (readonly [string, unknown])[] = [
  ["250 levels", { tree: deep(250) }],
  ["a text of 20 MB", { text: "x".repeat(20e6) }],
  ["an array of 20 MB", { bytes: new Uint8Array(20e6) }],
  ["a list of a million", { list: Array(1e6).fill(1) }],
  ["a list of lists of lists", { list: Array(100).fill(Array(100).fill(Array(100).fill("x".repeat(9000)))) }],
  ["keys of a megabyte", Object.fromEntries(Array.from({ length: 50 }, (_, i) => [String(i) + "k".repeat(1e6), i]))],
  [
    "long keys of three bytes a letter",
    Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`${i}${"中".repeat(9000)}`, i])),
  ],
  [
    "a Map of long keys in Maps",
    new Map(
      Array.from({ length: 40 }, (_, i) => [
        `${i}${"中".repeat(9500)}`,
        new Map([["é".repeat(9000), "é".repeat(9000)]]),
      ]),
    ),
  ],
  ["what holds itself", Object.assign([], { 0: undefined }, { self: null })],
  [
    "a getter that throws",
    {
      get a() {
        throw new Error("no");
      },
      b: 1,
    },
  ],
  [
    "a proxy that refuses",
    {
      a: new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error("no");
          },
        },
      ),
    },
  ],
  [
    "functions, symbols, Maps, Sets, Dates, BigInts, errors",
    { f: () => 1, s: Symbol("a"), m: new Map([[1, new Set([2n ** 70n])]]), d: new Date(0), e: new Error("inner") },
  ],
];

test.each(odd)("what a plugin logs or throws can cross, whatever is in it: %s", (_what, details) => {
  const started = performance.now();
  const { error } = readableError(
    new ModelError("input_invalid", "Line 3 is no number.", { details: details as never }),
  );
  expect(error).toMatchObject({ code: "input_invalid", message: "Line 3 is no number." });
  for (const value of [error, readableEntry("a line", details)])
    expect(encodeValue(value, 0, limits).bytes.length).toBeGreaterThan(10);
  expect(performance.now() - started).toBeLessThan(1000);
});

test("an error whose model is a book, or whose message is none, is told", () => {
  const { error } = readableError(new ModelError("input_invalid", undefined as never, { model: "x".repeat(1e7) }));
  expect(encodeValue(error, 0, limits).bytes.length).toBeLessThan(3000);
  const bare = Object.assign(new ModelError("input_invalid", "a"), { message: undefined });
  expect(readableError(bare).error).toEqual({ code: "input_invalid", message: "undefined" });
});

test("a getter that throws loses itself alone", () => {
  const thrower = {
    get a() {
      throw new Error("no");
    },
    b: 1,
  };
  expect(readable(thrower)).toEqual({ a: "what cannot be read", b: 1 });
});

test("keys that are cut to the same beginning lose no more than their ends", () => {
  const value = readable({ [`${"k".repeat(2000)}a`]: 1, [`${"k".repeat(2000)}b`]: 2, c: 3 }) as Record<string, unknown>;
  expect(value).toMatchObject({ c: 3 });
  expect(Object.keys(value)).toHaveLength(2);
});

test("what holds itself comes to an end, and what stands beside it is kept", () => {
  const self: Record<string, unknown> = { before: 1 };
  self.self = self;
  self.after = 2;
  expect(readable(self)).toMatchObject({ before: 1, after: 2, self: { before: 1 } });
});

test("numbers, Maps, Sets, dates and long texts are told as a reader needs them", () => {
  expect(
    readable({
      big: 2n ** 60n,
      small: 5n,
      map: new Map([["a", Number.NaN]]),
      at: new Date(0),
      bytes: new Uint8Array(3),
    }),
  ).toEqual({
    big: "1152921504606846976",
    small: 5,
    map: { a: Number.NaN },
    at: "1970-01-01T00:00:00.000Z",
    bytes: "Uint8Array of 3 bytes",
  });
  expect(readable("x".repeat(20_000))).toMatch(/x … \(20000 characters\)$/);
});

test("an error whose code does not exist is told as internal, in its own words", () => {
  const { error } = readableError(new ModelError("my_code" as never, "hm"));
  expect(error).toEqual({ code: "internal", message: "my_code: hm" });
});
