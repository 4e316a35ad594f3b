import { expect, test } from "vitest";
import { unsendableIn } from "./sendable-value.ts";
import { encodeValue } from "./value-writer.ts";

class Box {
  readonly left = 1;
  get [Symbol.toStringTag](): string {
    return "Box";
  }
}
const itself: unknown[] = [];
itself.push(itself);

test.each<[string, unknown]>([
  ["a function", () => 1],
  ["a symbol", Symbol("x")],
  ["a date", new Date(0)],
  ["a map", new Map()],
  ["a set", new Set()],
  ["a promise", Promise.resolve()],
  ["an error", new Error("x")],
  ["an object of a class", new Box()],
  ["a DataView", new DataView(new ArrayBuffer(1))],
  ["a list that holds itself", itself],
  ["an integer of more than 64 bits", 2n ** 70n],
])("%s cannot be sent, as the channel to another process says", (_what, value) => {
  const limits = { bytes: 1e6, memory: 1e6, arrays: 1e6 };
  expect(() => encodeValue({ a: [value] }, 0, limits)).toThrow();
  expect(unsendableIn({ a: [value] })?.path.slice(0, 2)).toEqual(["a", "0"]);
});

test("NaN is found where it stands, and not looked for in a typed array", () => {
  expect(unsendableIn({ a: { b: [1, Number.NaN] } })).toMatchObject({ path: ["a", "b", "1"], isNoNumber: true });
  expect(unsendableIn({ a: Float32Array.of(Number.NaN) })).toBeUndefined();
});

test("what cannot be read is told where it stands", () => {
  const trap = {
    get b(): never {
      throw new Error("no");
    },
  };
  expect(unsendableIn({ a: trap })).toEqual({ path: ["a"], words: "cannot be read: no" });
});

test("what the channel takes can be sent", () => {
  const bare = Object.assign(Object.create(null) as object, { x: 1 });
  expect(unsendableIn([1, "a", true, null, undefined, 5n, Buffer.from("a"), Float64Array.of(1), bare])).toBeUndefined();
});
