import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type Frame, type FrameLimits, FrameReader, frameBytes } from "./frame-stream.ts";

const limits: FrameLimits = { content: 2 ** 20, frame: 2 ** 22 };

function bytesOf(frame: Partial<Frame>): Buffer {
  const { kind = 1, id = 2, number = 3, content, tail } = frame;
  return Buffer.concat(frameBytes({ kind, id, number, content }, tail === undefined ? [] : [tail], limits));
}

/** Reads bytes in pieces that end at these places. */
function readInPieces(bytes: Buffer, cuts: readonly number[] = []): Frame[] {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  const reader = new FrameReader(limits);
  const frames: Frame[] = [];
  for (const [i, end] of places.slice(1).entries())
    reader.push(bytes.subarray(places[i], end), (frame) => frames.push(frame));
  return frames;
}

/** A frame's bytes with one number of its head changed. */
function changed(bytes: Buffer, change: (head: Buffer) => void): Buffer {
  const copy = Buffer.from(bytes);
  change(copy);
  return copy;
}

test("frames come out as they went in, however their bytes are cut", () => {
  const frame = fc.record({
    kind: fc.nat(255),
    id: fc.maxSafeNat(),
    number: fc.nat(2 ** 32 - 1),
    content: fc.anything({ withTypedArray: true, withBigInt: true, withDate: true }),
    tail: fc.uint8Array({ maxLength: 40 }),
  });
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 5 }), fc.array(fc.nat(), { maxLength: 10 }), (frames, cuts) => {
      const read = readInPieces(Buffer.concat(frames.map(bytesOf)), cuts);
      expect(read.map((one) => ({ ...one, tail: new Uint8Array(one.tail) }))).toEqual(frames);
    }),
    { numRuns: 500 },
  );
});

test("a frame that is longer than one piece comes out whole between others", () => {
  const long = new Uint8Array(1_000_000).map((_, i) => i % 251);
  const bytes = Buffer.concat(
    [{ content: "before" }, { content: long, tail: long }, { content: "after" }].map(bytesOf),
  );
  const [before, read, after] = readInPieces(bytes, [3, 70_000, 500_000, 500_001, 1_500_000]);
  expect([before?.content, after?.content]).toEqual(["before", "after"]);
  expect(Buffer.compare(read?.content as Uint8Array, long)).toBe(0);
  expect(Buffer.compare(read?.tail as Uint8Array, long)).toBe(0);
});

test("bytes that are no frames are refused, and never waited for", () => {
  const whole = bytesOf({ content: { a: [1, 2, 3] } });
  const wrong: Record<string, (head: Buffer) => void> = {
    "larger than any": (head) => head.writeUInt32LE(limits.frame + 1, 0),
    "shorter than its head": (head) => head.writeUInt32LE(19, 0),
    "with more content than itself": (head) => head.writeUInt32LE(whole.length - 23, 20),
    "with more content than is allowed": (head) => head.writeUInt32LE(limits.content + 1, 20),
    "with a content that ends too soon": (head) => head.writeUInt32LE(whole.length - 25, 20),
    "with something where nothing is": (head) => head.writeUInt8(1, 6),
    "whose number is none": (head) => head.writeDoubleLE(Number.NaN, 8),
    "whose number is negative": (head) => head.writeDoubleLE(-1, 8),
    "whose number is no whole one": (head) => head.writeDoubleLE(1.5, 8),
  };
  expect(readInPieces(whole)).toHaveLength(1);
  for (const [what, change] of Object.entries(wrong))
    expect(() => readInPieces(changed(whole, change)), what).toThrow();
});

test("what is too large is an error of whoever sends it, with the limits", () => {
  expect(() => bytesOf({ content: "x".repeat(limits.content) })).toThrow(
    /too large: 4194304 and 1048576 are the limits/,
  );
  expect(() => bytesOf({ tail: new Uint8Array(limits.frame) })).toThrow(/too large/);
});

test("a value that is far larger than its bytes is refused before anybody walks it", () => {
  const endless: unknown[] = [1];
  endless.push({ itself: endless });
  const doubled = Array.from({ length: 40 }).reduce<unknown>((inner) => [inner, inner], "x");
  const sparse: unknown[] = [];
  sparse.length = 2 ** 32 - 1;
  for (const content of [endless, doubled, { arrays: sparse }, { message: { deep: sparse } }])
    expect(() => readInPieces(bytesOf({ content }))).toThrow(/more values than its bytes explain/);
});

test("no bytes whatever do more than throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (noise, hasHead) => {
      const honest = changed(bytesOf({ content: null }), (head) => {
        head.writeUInt32LE(20 + noise.length, 0);
        head.writeUInt32LE(noise.length, 20);
      });
      try {
        readInPieces(Buffer.concat([hasHead ? honest.subarray(0, 24) : Buffer.alloc(0), noise]));
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
      }
    }),
    { numRuns: 2000 },
  );
});

test("what cannot be cloned is an error of whoever sends it", () => {
  expect(() => bytesOf({ content: { answer: () => 1 } })).toThrow(/could not be cloned/);
});
