import { expect, test } from "vitest";
import { type Frame, FrameReader } from "./frame-stream.ts";
import {
  type HostFrame,
  hostFrame,
  type RunnerFrame,
  readHostFrame,
  readRunnerFrame,
  requireCall,
  runnerFrame,
} from "./protocol.ts";
import { SharedPages } from "./shared-pages.ts";

const nowhere = new SharedPages(undefined);

function framed(pieces: readonly Uint8Array[]): Frame {
  const frames: Frame[] = [];
  new FrameReader().push(Buffer.concat(pieces), (frame) => frames.push(frame));
  expect(frames).toHaveLength(1);
  return frames[0] as Frame;
}

const large = (): Float32Array => new Float32Array(20_000).fill(2.5);
const hostFrames: readonly HostFrame[] = [
  { type: "call", id: 3, message: { type: "run", input: { image: large(), words: "a" } } },
  { type: "cancel", id: 2 ** 40 },
  { type: "credit", id: 0 },
  { type: "read", pages: 7 },
];
const runnerFrames: readonly RunnerFrame[] = [
  { type: "up" },
  { type: "done", id: 3, message: undefined },
  { type: "done", id: 3, message: { output: { depth: large() }, runMs: 2 } },
  { type: "part", id: 3, message: { text: "a" } },
  { type: "failed", id: 3, error: { code: "internal", message: "no", model: "a", details: { why: 1 } }, stack: "at a" },
  { type: "stage", id: 3, stage: "open" },
  { type: "log", level: "info", message: "a", fields: { b: [1] } },
];

test("every frame arrives as it was sent, its large arrays behind it where no memory is shared", () => {
  for (const frame of hostFrames)
    expect(readHostFrame(framed(hostFrame(frame, nowhere).pieces), undefined)).toEqual(frame);
  for (const frame of runnerFrames)
    expect(readRunnerFrame(framed(runnerFrame(frame, nowhere).pieces), undefined)).toEqual(frame);
});

test("an array that travels behind its frame may be changed at once: what was given is sent", () => {
  const depth = large();
  const { pieces } = runnerFrame({ type: "done", id: 1, message: depth }, nowhere);
  depth.fill(9);
  expect(readRunnerFrame(framed(pieces), undefined)).toEqual({ type: "done", id: 1, message: large() });
});

test("neither side says what the other does", () => {
  for (const frame of hostFrames)
    expect(() => readRunnerFrame(framed(hostFrame(frame, nowhere).pieces), undefined)).toThrow(RangeError);
  for (const frame of runnerFrames)
    expect(() => readHostFrame(framed(runnerFrame(frame, nowhere).pieces), undefined)).toThrow(RangeError);
  expect(() =>
    readRunnerFrame({ ...framed(hostFrame({ type: "credit", id: 0 }, nowhere).pieces), kind: 99 }, undefined),
  ).toThrow(RangeError);
});

test("a frame that names shared memory where there is none, or words that name it at all, are refused", () => {
  const done = framed(runnerFrame({ type: "done", id: 1, message: [] }, nowhere).pieces);
  expect(() => readRunnerFrame({ ...done, place: 0 }, undefined)).toThrow("where there is none");
  const log = framed(runnerFrame({ type: "log", level: "info", message: "a", fields: {} }, nowhere).pieces);
  expect(() => readRunnerFrame({ ...log, place: 0 }, 1)).toThrow("Words that have arrays");
  expect(() => readRunnerFrame({ ...log, tail: Buffer.alloc(1) }, 1)).toThrow("Words that have arrays");
});

test("words of another shape, or codes and levels that there are not, are refused", () => {
  const wrong = [
    { type: "stage", id: 1, stage: "sleep" },
    { type: "log", level: "trace", message: "a", fields: {} },
    { type: "log", level: "info", message: 1, fields: {} },
    { type: "failed", id: 1, error: { code: "my_code", message: "no" } },
    { type: "failed", id: 1, error: { code: "internal", message: "no", more: 1 } },
  ];
  for (const frame of wrong)
    expect(
      () => readRunnerFrame(framed(runnerFrame(frame as never, nowhere).pieces), undefined),
      JSON.stringify(frame),
    ).toThrow();
});

test("a part may be no larger than what a host can hold of those that nobody has taken, and words no longer than is read", () => {
  const numbers = Array(3e6).fill(1.5);
  expect(() => runnerFrame({ type: "part", id: 1, message: numbers }, nowhere)).toThrow(/more than/);
  expect(runnerFrame({ type: "done", id: 1, message: numbers }, nowhere).pieces).toHaveLength(1);
  expect(() => runnerFrame({ type: "part", id: 1, message: new Uint8Array(40e6) }, nowhere)).toThrow(
    /more than 32 MiB/,
  );
  const fields = { text: "x".repeat(2e6) };
  expect(() => runnerFrame({ type: "log", level: "info", message: "a", fields }, nowhere)).toThrow(/more than/);
});

test("what is no call is none", () => {
  expect(requireCall({ type: "ping" })).toEqual({ type: "ping" });
  for (const message of [undefined, null, "ping", [], {}, { type: "dance" }])
    expect(() => requireCall(message)).toThrow(RangeError);
});
