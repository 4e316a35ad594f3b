import { closeSync, fstatSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Packed, pack as packWith, unpack } from "./packed-message.ts";
import { SharedPages } from "./shared-pages.ts";

let folder: string;
let descriptor: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "menagerie-pages-"));
  descriptor = openSync(join(folder, "pages"), "w+");
});
afterEach(() => {
  closeSync(descriptor);
  rmSync(folder, { recursive: true });
});

const large = (fill: number, bytes = 70_000): Uint8Array => new Uint8Array(bytes).fill(fill);
// Comparing value by value takes the runner of tests seconds.
const isEqual = (a: unknown, b: Uint8Array): boolean => Buffer.compare(a as Uint8Array, b) === 0;
/** As the channel does: the pieces of a tail arrive as one. */
const pack = (message: unknown, pages: SharedPages): Packed & Pick<ReturnType<typeof packWith>, "pages"> => {
  const packed = packWith(message, pages);
  return { ...packed, tail: Buffer.concat(packed.tail) };
};
const size = (): number => fstatSync(descriptor).size;

describe("a message", () => {
  test("has its large arrays in the file and its small ones in itself, and comes back as it was", () => {
    const pages = new SharedPages(descriptor);
    const message = {
      images: [large(1), new Uint8Array(3), new Float32Array(20_000).fill(2.5)],
      deep: { ids: new BigInt64Array(10_000).fill(-3n) },
      words: "a",
      nothing: undefined,
    };
    const packed = pack(message, pages);
    expect(packed.arrays).toHaveLength(3);
    expect(size()).toBe(70_000 + 80_000 + 80_000);
    expect(unpack(packed, descriptor)).toEqual(message);
    expect(message.images[0]).toEqual(large(1));
    expect(unpack(pack(large(7), pages), descriptor)).toEqual(large(7));
  });

  test("of a task's own that looks like a reference stays what it is", () => {
    const pages = new SharedPages(descriptor);
    const message = { sharedArray: "Uint8Array", offset: 0, bytes: 10, path: [], arrays: [], kind: "Uint8Array" };
    expect(unpack(pack({ picture: large(1), message }, pages), descriptor)).toEqual({ picture: large(1), message });
  });

  test("whose file has no room, or that has no file, has its arrays behind itself, and takes no pages", () => {
    for (const broken of [undefined, openSync("/dev/full", "w")]) {
      const pages = new SharedPages(broken);
      const message = { pictures: [large(1), large(2)], sound: new Float32Array(20_000).fill(2.5) };
      const packed = pack(message, pages);
      expect(packed).toMatchObject({ message: { pictures: [null, null], sound: null }, pages: undefined });
      expect(packed.tail).toHaveLength(70_000 + 70_000 + 80_000);
      message.pictures[0]?.fill(9);
      expect(unpack(packed, broken)).toEqual({ ...message, pictures: [large(1), large(2)] });
      if (broken !== undefined) closeSync(broken);
    }
  });

  test("that names places outside of the file, or none of its own, is refused", () => {
    const pages = new SharedPages(descriptor);
    const packed = pack({ picture: large(1) }, pages);
    const changed = (change: object): Packed => ({ ...packed, arrays: [{ ...packed.arrays[0], ...change } as never] });
    expect(() => unpack(changed({ offset: 1 }), descriptor)).toThrow(RangeError);
    expect(() => unpack(changed({ bytes: 2 ** 52 }), descriptor)).toThrow(RangeError);
    expect(() => unpack(changed({ kind: "Float64Array", bytes: 9 }), descriptor)).toThrow(RangeError);
    expect(() => unpack(changed({ path: ["__proto__", "polluted"] }), descriptor)).toThrow(RangeError);
    expect(() => unpack(changed({ path: ["picture", "constructor"] }), descriptor)).toThrow(RangeError);
    expect(() => unpack(changed({ path: ["other"] }), descriptor)).toThrow(RangeError);
    expect(() => unpack(packed, undefined)).toThrow(RangeError);
    expect(() => unpack({ ...packed, tail: new Uint8Array(10) }, descriptor)).toThrow(RangeError);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});

describe("pages", () => {
  test("belong to their message: what is freed or written beside them does not change them", () => {
    const operation = fc.record({ frees: fc.nat(4), bytes: fc.integer({ min: 65_536, max: 200_000 }) });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 20 }), (operations) => {
        const pages = new SharedPages(descriptor);
        const live: { packed: ReturnType<typeof pack>; expected: Uint8Array }[] = [];
        for (const [i, { frees, bytes }] of operations.entries()) {
          const expected = large(i + 1, bytes);
          live.push({ packed: pack(expected, pages), expected });
          if (frees < live.length) pages.free(live.splice(frees, 1)[0]?.packed.pages);
          for (const { packed, expected } of live) expect(isEqual(unpack(packed, descriptor), expected)).toBe(true);
        }
        for (const { packed } of live) pages.free(packed.pages);
        expect(size()).toBe(0);
      }),
      { numRuns: 50 },
    );
  });

  test("that are freed twice, or are another's, free nothing", () => {
    const pages = new SharedPages(descriptor);
    const [first, second] = [pack(large(1), pages), pack(large(2), pages)];
    pages.free(first.pages);
    pages.free(first.pages);
    pages.free({ offset: 70_000, bytes: 70_000 });
    expect(unpack(second, descriptor)).toEqual(large(2));
    pages.free(second.pages);
    expect(size()).toBe(0);
  });
});
