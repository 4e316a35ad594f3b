import { closeSync, fstatSync, ftruncateSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Pages, pagesAt, SharedPages } from "./shared-pages.ts";

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

const filled = (fill: number, bytes = 70_000): Uint8Array => new Uint8Array(bytes).fill(fill);
const size = (): number => fstatSync(descriptor).size;

/** Whether the pages still hold what was written. Comparing value by value takes the runner of tests seconds. */
function holds({ offset, bytes }: Pages, expected: Uint8Array): boolean {
  return Buffer.compare(new Uint8Array(pagesAt(offset, descriptor).read(0, bytes)), expected) === 0;
}

test("pages belong to their message: what is freed or written beside them does not change them", () => {
  const operation = fc.record({ frees: fc.nat(4), bytes: fc.integer({ min: 1, max: 200_000 }) });
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 20 }), (operations) => {
      const pages = new SharedPages(descriptor);
      const live: { taken: Pages; expected: Uint8Array }[] = [];
      for (const [i, { frees, bytes }] of operations.entries()) {
        const expected = filled(i + 1, bytes);
        const half = Math.floor(bytes / 2);
        const taken = pages.write([expected.subarray(0, half), expected.subarray(half)]) as Pages;
        live.push({ taken, expected });
        if (frees < live.length) for (const { taken } of live.splice(frees, 1)) pages.free(taken.number);
        for (const { taken, expected } of live) expect(holds(taken, expected)).toBe(true);
      }
      for (const { taken } of live) pages.free(taken.number);
      expect(size()).toBe(0);
    }),
    { numRuns: 50 },
  );
});

test("pages that are freed twice, or are nobody's, free nothing", () => {
  const pages = new SharedPages(descriptor);
  const [first, second] = [pages.write([filled(1)]) as Pages, pages.write([filled(2)]) as Pages];
  for (const number of [first.number, first.number, 0, 999]) pages.free(number);
  expect(holds(second, filled(2))).toBe(true);
  pages.free(second.number);
  expect(size()).toBe(0);
});

test("where the file has no room, or there is none, no pages are taken", () => {
  for (const broken of [undefined, openSync("/dev/full", "w")]) {
    const pages = new SharedPages(broken);
    expect(pages.write([filled(1)])).toBeUndefined();
    if (broken !== undefined) closeSync(broken);
  }
});

test("pages that another process cuts off, or that begin behind the end, are refused", () => {
  const pages = new SharedPages(descriptor);
  const taken = pages.write([filled(1)]) as Pages;
  const source = pagesAt(taken.offset, descriptor);
  ftruncateSync(descriptor, 10);
  expect(() => source.read(0, 70_000)).toThrow(RangeError);
  expect(pagesAt(11, descriptor).size).toBe(0);
});
