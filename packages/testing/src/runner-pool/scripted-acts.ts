import { createHash } from "node:crypto";

/** What a scripted model does with a question: the first byte of the input says which of these. */
export const acts = [
  "answer",
  /** Takes so many milliseconds, whatever its signal says. */
  "wait",
  /** Waits until its signal fires, and leaves a mark then. */
  "heed",
  "never",
  "busy",
  "native",
  "allocate",
  "fail",
  /** Throws with details that are deep, long, and odd. */
  "fail-oddly",
  /** Throws with a code that does not exist. */
  "fail-unknown",
  /** Logs what no line of a log can hold, and answers. */
  "log-oddly",
  "exit",
  "exit-once",
  "exit-until-mended",
  /** Takes so many milliseconds, and answers how many calls were in the runner at most meanwhile. */
  "beside",
  /** Gives so many parts, each when the one before has been taken; their text is the time of their making. */
  "parts",
  /** Gives so many parts without waiting for anybody. */
  "flood",
  /** Makes so many bytes. */
  "large",
  "say-garbage",
  "say-wrong-shape",
  "say-huge-length",
  "say-half-a-frame",
  "say-unasked",
  "say-outside",
  "say-prototype",
  "say-many-logs",
  "say-long-line",
  "channel-of-node",
  "answer-function",
  "answer-misshapen",
  "answer-cyclic",
] as const;

export type Act = (typeof acts)[number];

export interface Script {
  /** Milliseconds, parts or bytes, as the act takes it. */
  readonly argument?: number;
  /** Bytes of the input. */
  readonly bytes?: number;
}

/** Bytes before those that make an input different from every other. */
const header = 5;
let made = 0;

/** An input that makes a scripted model do so. No two are equal. */
export function scripted(act: Act, { argument = 0, bytes = 0 }: Script = {}): Uint8Array {
  const input = new Uint8Array(Math.max(bytes, header + 8));
  input[0] = acts.indexOf(act);
  const view = new DataView(input.buffer);
  view.setUint32(1, argument, true);
  view.setFloat64(header, made++, true);
  return input;
}

/** What a scripted model answers an input: nothing but a function of it. */
export function answerTo(input: Uint8Array): string {
  return `${input.length}:${createHash("sha256").update(input).digest("hex")}`;
}
