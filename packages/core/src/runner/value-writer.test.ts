import { runInNewContext } from "node:vm";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ArraySource, decodeValue } from "./value-reader.ts";
import type { ValueLimits } from "./value-tags.ts";
import { encodeValue } from "./value-writer.ts";

const largest = 2 ** 20;
const limits: ValueLimits = { bytes: largest, memory: 2 ** 26, arrays: 2 ** 20 };

function sourceOf(apart: readonly Uint8Array[]): ArraySource {
  const all = new Uint8Array(Buffer.concat(apart));
  return { size: all.length, read: (offset, length) => all.slice(offset, offset + length).buffer };
}

function crossed(value: unknown): unknown {
  const { bytes, apart } = encodeValue(value, 0, limits);
  return decodeValue(bytes, apart.length === 0 ? undefined : sourceOf(apart), limits);
}

const arrayKinds = [
  ...[Uint8Array, Int8Array, Uint8ClampedArray, Uint16Array, Int16Array, Uint32Array, Int32Array, Float32Array],
  ...[Float64Array, BigInt64Array, BigUint64Array, Float16Array],
];

describe("a value", () => {
  test("comes out as it went in: lists, records, texts, every number, 64-bit integers, undefined, typed arrays", () => {
    const value = fc.anything({ withTypedArray: true, withNullPrototype: true, maxDepth: 4 });
    const integer = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n });
    const text = fc.string({ unit: "binary", maxLength: 60 });
    fc.assert(
      fc.property(fc.oneof(value, integer, text, fc.array(fc.double())), (value) => {
        expect(crossed(value)).toEqual(value);
      }),
      { numRuns: 500 },
    );
  });

  test("keeps what is easily lost", () => {
    for (const value of [
      -0,
      Number.NaN,
      Number.NEGATIVE_INFINITY,
      2 ** 31,
      -(2 ** 31),
      2 ** 53,
      5e-324,
      "\ud800x",
      "é".repeat(50),
    ])
      expect(Object.is(crossed(value), value), String(value)).toBe(true);
    expect(Object.keys(crossed({ a: undefined, "": 1, 2: 3 }) as object)).toEqual(["2", "a", ""]);
    expect(crossed("x".repeat(100_000))).toHaveLength(100_000);
    const own = crossed(JSON.parse('{"__proto__":{"polluted":1},"constructor":2}')) as object;
    expect(Object.getPrototypeOf(own)).toBe(Object.prototype);
    expect(Object.hasOwn(own, "__proto__")).toBe(true);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test("has its small arrays in itself and its large ones apart, in their order, of whatever kind", () => {
    for (const Kind of arrayKinds) {
      const array = (bytes: number): ArrayBufferView => {
        const data = new Uint8Array(bytes + 8).map((_, i) => i % 120);
        return new Kind(data.buffer, 8, bytes / Kind.BYTES_PER_ELEMENT);
      };
      const value = { small: [array(0), array(64)], large: array(65_536), larger: [array(80_000)] };
      expect(
        encodeValue(value, 0, limits).apart.map((bytes) => bytes.length),
        Kind.name,
      ).toEqual([65_536, 80_000]);
      expect(crossed(value), Kind.name).toEqual(value);
    }
  });

  test("may be as large as the limit, whatever its texts are of", () => {
    for (const text of ["x".repeat(largest - 5), "é".repeat((largest - 6) / 2), `\ud800${"x".repeat(largest / 2 - 4)}`])
      expect(crossed(text) === text, text.slice(0, 3)).toBe(true);
    expect(() => encodeValue("x".repeat(largest - 4), 0, limits)).toThrow(/more than 1 MiB/);
  });

  test("is too large beyond the limit, however much room an earlier one has left", () => {
    expect(encodeValue("x".repeat(3 * largest), 0, { ...limits, bytes: 4 * largest }).bytes.length).toBeGreaterThan(
      largest,
    );
    expect(() => encodeValue(Array(200_000).fill(1.5), 0, limits)).toThrow(/more than 1 MiB/);
  });

  test("does not share memory with the writer", () => {
    const small = new Uint8Array(8);
    const { bytes } = encodeValue(small, 0, limits);
    small.fill(1);
    const read = decodeValue(bytes, undefined, limits) as Uint8Array;
    bytes.fill(9);
    expect(read).toEqual(new Uint8Array(8));
  });

  test("whose getter sends another value meanwhile is not mixed with it", () => {
    const value = {
      before: "a",
      get during() {
        return crossed({ other: "b".repeat(100) });
      },
      after: "c",
    };
    expect(crossed(value)).toEqual({ before: "a", during: { other: "b".repeat(100) }, after: "c" });
  });
});

describe("is an error of whoever sends it:", () => {
  const endless: unknown[] = [];
  endless.push({ itself: endless });
  const rows: readonly (readonly [string, unknown, RegExp])[] = [
    ["a function", { answer: () => 1 }, /a function cannot go to another process/],
    ["a symbol", [Symbol("a")], /a symbol cannot/],
    ["a Map", { a: new Map() }, /a Map cannot/],
    ["a Date", new Date(), /a Date cannot/],
    ["a promise", Promise.resolve(1), /a Promise cannot/],
    ["an ArrayBuffer", new ArrayBuffer(8), /a ArrayBuffer cannot/],
    ["a DataView", new DataView(new ArrayBuffer(8)), /a DataView cannot/],
    ["an integer of 65 bits", 2n ** 64n, /more than 64 bits/],
    ["a value that holds itself", endless, /more than 200 levels, or one that holds itself/],
    [
      "one object in very many places",
      Array.from({ length: 40 }).reduce<unknown>((inner) => [inner, inner], "x"),
      /more than 1 MiB besides its typed arrays/,
    ],
    ["a text that is too long", "x".repeat(largest + 1), /more than 1 MiB besides its typed arrays/],
    [
      "small arrays that are too many",
      Array(100).fill(new Uint8Array(60_000)),
      /more than 1 MiB besides its typed arrays/,
    ],
  ];
  test.each(rows)("%s", (_what, value, complaint) => {
    expect(() => encodeValue(value, 0, limits)).toThrow(complaint);
    // Nothing of it is left for the next.
    expect(crossed({ a: [1] })).toEqual({ a: [1] });
  });

  test("what takes more memory to read than is allowed, though it has few bytes, and its reader says so too", () => {
    const small = { ...limits, memory: 400_000 };
    for (const item of [{}, [], [0], new Uint8Array(0), { a: 1 }, 1.5, "", { ["k".repeat(30)]: {} }]) {
      const value = Array(20_000).fill(item);
      expect(() => encodeValue(value, 0, small), JSON.stringify(item)).toThrow(/of memory to read/);
      const { bytes } = encodeValue(value, 0, { ...limits, memory: 2 ** 30 });
      expect(() => decodeValue(bytes, undefined, small), JSON.stringify(item)).toThrow(RangeError);
    }
  });

  test("arrays that have more bytes together than is allowed", () => {
    const value = [new Uint8Array(70_000), new Uint8Array(70_000)];
    expect(() => encodeValue(value, 0, { ...limits, arrays: 100_000 })).toThrow(/typed arrays have more than 0 MiB/);
  });

  test("but an array of another realm is an array", () => {
    const foreign = runInNewContext("new Float32Array([1, 2])") as Float32Array;
    expect(crossed(foreign)).toEqual(Float32Array.of(1, 2));
  });

  test("but a list that a getter shortens is whole", () => {
    const list: unknown[] = [1, 2, 3];
    const shorten = (): string => {
      list.length = 1;
      return "a";
    };
    Object.defineProperty(list, 0, { enumerable: true, get: shorten });
    expect(crossed([list, "behind"])).toEqual([["a", undefined, undefined], "behind"]);
  });

  test("but an instance of a class goes as its own entries, as it would in JSON", () => {
    class Point {
      x = 1;
    }
    expect(crossed(new Point())).toEqual({ x: 1 });
  });
});

describe("bytes that are no value", () => {
  const u32 = (n: number): number[] => [n & 255, (n >> 8) & 255, (n >> 16) & 255, (n >>> 24) & 255];
  const f64 = (n: number): number[] => [...new Uint8Array(new Float64Array([n]).buffer)];
  const rows: readonly (readonly [string, readonly number[]])[] = [
    ["nothing", []],
    ["a kind that does not exist", [99]],
    ["a list of four thousand million items", [11, ...u32(2 ** 32 - 1)]],
    ["a list of more items than bytes", [11, ...u32(3), 1, 1]],
    ["a record of more entries than bytes", [12, ...u32(9), 8, 1, 97, 1]],
    ["a key that is a number", [12, ...u32(1), 4, ...u32(1), 1]],
    ["a text that ends too soon", [9, ...u32(10), 97]],
    ["a short text that ends too soon", [8, 10, 97]],
    ["an array that ends too soon", [13, 0, ...u32(10), 1]],
    ["an array of a kind that does not exist", [13, 50, ...u32(1), 1]],
    ["an array of half an element", [13, 7, ...u32(2), 1, 1]],
    ["an array apart where nothing is shared", [14, 0, ...f64(1)]],
    ["something behind the value", [1, 1]],
    ["two hundred and one levels", [...Array.from({ length: 201 }, () => [11, ...u32(1)]).flat(), 1]],
  ];
  test.each(rows)("are refused: %s", (_what, bytes) => {
    expect(() => decodeValue(Buffer.from(bytes), undefined, limits)).toThrow(RangeError);
  });

  test("are refused where they are more than is allowed", () => {
    const { bytes } = encodeValue("x".repeat(1000), 0, limits);
    expect(() => decodeValue(bytes, undefined, { ...limits, bytes: 900 })).toThrow(RangeError);
  });

  test("are refused where arrays lie outside of what is shared", () => {
    const source = sourceOf([new Uint8Array(16)]);
    for (const length of [17, -1, 1.5, Number.NaN, 2 ** 60])
      expect(() => decodeValue(Buffer.from([14, 0, ...f64(length)]), source, limits), String(length)).toThrow(
        RangeError,
      );
    // Each byte is given once: no array is read again and again.
    expect(() => decodeValue(Buffer.from([11, ...u32(2), 14, 0, ...f64(9), 14, 0, ...f64(9)]), source, limits)).toThrow(
      RangeError,
    );
    expect(decodeValue(Buffer.from([14, 0, ...f64(16)]), source, limits)).toEqual(new Uint8Array(16));
  });

  test("do no more than throw, whatever they are", () => {
    const source = sourceOf([new Uint8Array(64)]);
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.nat(14), fc.nat(255)), { maxLength: 60 }), (bytes) => {
        try {
          decodeValue(Buffer.from(bytes), source, limits);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
      { numRuns: 5000 },
    );
  });
});
