import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type Frame, FrameReader, frameBytes, headBytes, largestFrame, requireRoom } from "./frame-stream.ts";

function bytesOf(
  frame: Partial<Record<"content" | "tail", Uint8Array>> & Partial<Omit<Frame, "content" | "tail">>,
): Buffer {
  const { kind = 1, id = 2, number = 3, place = -1, content = new Uint8Array(), tail = new Uint8Array() } = frame;
  const bytes = Buffer.concat([Buffer.alloc(headBytes), content]);
  return Buffer.concat(frameBytes({ kind, id, number, place }, bytes, [tail]));
}

/** Reads bytes in pieces that end at these places. */
function readInPieces(bytes: Buffer, cuts: readonly number[] = []): Frame[] {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  const reader = new FrameReader();
  const frames: Frame[] = [];
  for (const [i, end] of places.slice(1).entries())
    reader.push(bytes.subarray(places[i], end), (frame) => frames.push(frame));
  return frames;
}

test("frames come out as they went in, however their bytes are cut", () => {
  const frame = fc.record({
    kind: fc.nat(255),
    id: fc.maxSafeNat(),
    number: fc.nat(2 ** 32 - 1),
    place: fc.oneof(fc.constant(-1), fc.maxSafeNat()),
    content: fc.uint8Array({ maxLength: 100 }),
    tail: fc.uint8Array({ maxLength: 40 }),
  });
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 5 }), fc.array(fc.nat(), { maxLength: 10 }), (frames, cuts) => {
      const read = readInPieces(Buffer.concat(frames.map(bytesOf)), cuts);
      const plain = read.map((one) => ({
        ...one,
        content: new Uint8Array(one.content),
        tail: new Uint8Array(one.tail),
      }));
      expect(plain).toEqual(frames);
    }),
    { numRuns: 500 },
  );
});

test("a frame that is longer than one piece comes out whole between others", () => {
  const long = new Uint8Array(1_000_000).map((_, i) => i % 251);
  const frames = [{ id: 1 }, { id: 2, content: long, tail: long }, { id: 3 }];
  const read = readInPieces(Buffer.concat(frames.map(bytesOf)), [3, 70_000, 500_000, 500_001, 1_500_000]);
  expect(read.map(({ id }) => id)).toEqual([1, 2, 3]);
  expect(Buffer.compare(read[1]?.content as Buffer, long)).toBe(0);
  expect(Buffer.compare(read[1]?.tail as Buffer, long)).toBe(0);
});

test("bytes that are no frames are refused, and never waited for", () => {
  const whole = bytesOf({ content: new Uint8Array(10) });
  const wrong: Record<string, (head: Buffer) => unknown> = {
    "larger than any": (head) => head.writeUInt32LE(largestFrame + 1, 0),
    "shorter than its head": (head) => head.writeUInt32LE(headBytes - 5, 0),
    "with more content than itself": (head) => head.writeUInt32LE(11, 20),
    "with something where nothing is": (head) => head.writeUInt8(1, 6),
    "whose number is none": (head) => head.writeDoubleLE(Number.NaN, 8),
    "whose number is negative": (head) => head.writeDoubleLE(-1, 8),
    "whose number is no whole one": (head) => head.writeDoubleLE(1.5, 8),
    "whose arrays lie before the file": (head) => head.writeDoubleLE(-2, 24),
    "whose arrays lie nowhere": (head) => head.writeDoubleLE(Number.POSITIVE_INFINITY, 24),
  };
  expect(readInPieces(whole)).toHaveLength(1);
  for (const [what, change] of Object.entries(wrong)) {
    const head = Buffer.from(whole);
    change(head);
    expect(() => readInPieces(head), what).toThrow(RangeError);
  }
});

test("a frame that is too large is an error of whoever sends it, with the limit and the remedy", () => {
  expect(() => requireRoom(largestFrame)).not.toThrow();
  expect(() => requireRoom(2 * largestFrame)).toThrow(
    "have 1024 MiB, and shared memory has no room for them: without it 512 MiB",
  );
});

test("no bytes whatever do more than throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
      try {
        readInPieces(Buffer.from(noise));
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }),
    { numRuns: 2000 },
  );
});
