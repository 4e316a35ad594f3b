import { serialize } from "node:v8";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { FrameReader, frameBytes, largestAnswerFrame, largestFrame } from "./frame-stream.ts";

function bytesOf(...frames: unknown[]): Buffer {
  return Buffer.concat(frames.map((frame) => frameBytes(frame)));
}

/** Reads bytes in pieces that end at these places. */
function readInPieces(bytes: Buffer, cuts: readonly number[]): unknown[] {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  const reader = new FrameReader();
  return places.slice(1).flatMap((end, i) => reader.push(bytes.subarray(places[i], end)));
}

test("frames come out as they went in, however their bytes are cut", () => {
  const value = fc.anything({ withTypedArray: true, withBigInt: true, withDate: true });
  fc.assert(
    fc.property(fc.array(value, { maxLength: 5 }), fc.array(fc.nat(), { maxLength: 10 }), (frames, cuts) => {
      expect(readInPieces(bytesOf(...frames), cuts)).toEqual(frames);
    }),
    { numRuns: 500 },
  );
});

test("a frame that is longer than what is copied behind its length comes out whole between others", () => {
  const long = new Uint8Array(1_000_000).map((_, i) => i % 251);
  const [before, read, after] = readInPieces(bytesOf("before", long, "after"), [3, 70_000, 500_000, 500_001]);
  expect([before, after]).toEqual(["before", "after"]);
  expect(Buffer.compare(read as Uint8Array, long)).toBe(0);
});

test("bytes that are no frames are refused, and never waited for", () => {
  const length = (n: number): Buffer => {
    const header = Buffer.alloc(4);
    header.writeUInt32LE(n);
    return header;
  };
  expect(() => new FrameReader().push(length(largestFrame + 1))).toThrow(/is the limit/);
  expect(() => new FrameReader(largestAnswerFrame).push(length(largestAnswerFrame + 1))).toThrow(/is the limit/);
  expect(() => frameBytes({ text: "x".repeat(2000) }, 1000)).toThrow(/larger than 1000/);
  expect(() => new FrameReader().push(Buffer.concat([length(3), Buffer.from("abc")]))).toThrow();
  expect(() => new FrameReader().push(Buffer.concat([length(0)]))).toThrow();
  const whole = serialize({ a: [1, 2, 3] });
  expect(() => new FrameReader().push(Buffer.concat([length(whole.length - 1), whole]))).toThrow();
});

test("a value that is far larger than its bytes is refused before anybody walks it", () => {
  const endless: unknown[] = [1];
  endless.push({ itself: endless });
  const doubled = Array.from({ length: 40 }).reduce<unknown>((inner) => [inner, inner], "x");
  const sparse: unknown[] = [];
  sparse.length = 2 ** 32 - 1;
  for (const value of [endless, doubled, { arrays: sparse }, { message: { deep: sparse } }])
    expect(() => new FrameReader().push(bytesOf(value))).toThrow(/more values than its bytes explain/);
});

test("no bytes whatever do more than throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
      const header = Buffer.alloc(4);
      header.writeUInt32LE(noise.length);
      try {
        new FrameReader().push(Buffer.concat([header, noise]));
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
      }
    }),
    { numRuns: 2000 },
  );
});

test("what cannot be cloned is an error of whoever sends it", () => {
  expect(() => frameBytes({ answer: () => 1 })).toThrow(/could not be cloned/);
});
