import { z } from "zod";
import type { LogLevel } from "../contract/log.ts";
import { errorCodes, type SerialisedModelError } from "../contract/model-error.ts";
import type { PreparedForms } from "../loader/prepared-form.ts";
import { type Frame, frameBytes, headBytes, requireRoom } from "./frame-stream.ts";
import type { AdoptRequest, EngineReference, LoadRequest, LoadStage } from "./runner.ts";
import { pagesAt, type SharedPages } from "./shared-pages.ts";
import { type ArraySource, decodeValue } from "./value-reader.ts";
import type { ValueLimits } from "./value-tags.ts";
import { encodeValue } from "./value-writer.ts";

/** What a host asks of a runner. Each call has a number, and gets one `done` or `failed` under it; many may be under way. */
export type Call =
  | { readonly type: "warm"; readonly engines: readonly EngineReference[] }
  | { readonly type: "formsNeeded"; readonly request: LoadRequest; readonly member: number }
  | {
      readonly type: "makeForms";
      readonly request: LoadRequest;
      /** An empty folder for each graph. */
      readonly folders: Readonly<Record<string, string>>;
    }
  | { readonly type: "load"; readonly request: LoadRequest; readonly forms: PreparedForms; readonly member: number }
  | { readonly type: "adopt"; readonly requests: readonly AdoptRequest[] }
  | {
      readonly type: "run";
      /** Which of the runner's models is asked: their numbers begin at 0. */
      readonly member: number;
      readonly task: string;
      readonly input: unknown;
      /** Whether somebody waits for the parts of the answer. */
      readonly inParts: boolean;
    }
  | { readonly type: "unload" }
  | { readonly type: "ping" };

const callTypes: ReadonlySet<unknown> = new Set<Call["type"]>([
  "warm",
  "formsNeeded",
  "makeForms",
  "load",
  "adopt",
  "run",
  "unload",
  "ping",
]);

/** What a host asked, whose own version of this package wrote it. @throws RangeError where it is no call */
export function requireCall(message: unknown): Call {
  if (typeof message === "object" && message !== null && "type" in message && callTypes.has(message.type))
    return message as Call;
  throw new RangeError("A host asks with a call");
}

/** What a host says. */
export type HostFrame =
  | { readonly type: "call"; readonly id: number; readonly message: unknown }
  | { readonly type: "cancel"; readonly id: number }
  /** One more part of the answer has room. */
  | { readonly type: "credit"; readonly id: number }
  /** The pages of the message of that number have been read. */
  | { readonly type: "read"; readonly pages: number };

/** What a runner says. */
export type RunnerFrame =
  | { readonly type: "up" }
  | { readonly type: "done" | "part"; readonly id: number; readonly message: unknown }
  | ({ readonly type: "failed"; readonly id: number } & Failure)
  | { readonly type: "stage"; readonly id: number; readonly stage: LoadStage }
  | ({ readonly type: "log" } & LogEntry);

interface Failure {
  readonly error: SerialisedModelError;
  readonly stack?: string | undefined;
}

interface LogEntry {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The kinds of frames, by their number on the channel. */
const kinds = ["up", "call", "cancel", "credit", "read", "done", "part", "failed", "stage", "log"] as const;
type FrameKind = (typeof kinds)[number];

const mebibytes = 2 ** 20;
/** What a host asks, which is written by the same version of this package. */
const callLimits: ValueLimits = { bytes: 512 * mebibytes, memory: Number.POSITIVE_INFINITY, arrays: 1024 * mebibytes };
/** What a host must be able to read, whatever a runner says: one answer for each call, */
const answerLimits: ValueLimits = { bytes: 256 * mebibytes, memory: 512 * mebibytes, arrays: 1024 * mebibytes };
/** some parts of it that nobody has taken yet, */
const partLimits: ValueLimits = { bytes: 16 * mebibytes, memory: 32 * mebibytes, arrays: 32 * mebibytes };
/** and words for people, as many as it likes. */
const wordLimits: ValueLimits = { bytes: mebibytes, memory: 4 * mebibytes, arrays: 0 };

/** A frame as it is sent. */
export interface Outgoing {
  /** To be sent in their order. */
  readonly pieces: readonly Uint8Array[];
  /** The number of the shared pages that its arrays are in; whoever reads the frame has done with them afterwards. */
  readonly pages: number | undefined;
}

/** @param pages where its large arrays go. @throws where its content is no value, or RangeError where it is too large */
export function hostFrame(frame: HostFrame, pages: SharedPages): Outgoing {
  switch (frame.type) {
    case "call":
      return outgoing(frame.type, frame.id, { content: frame.message, pages, limits: callLimits });
    case "read":
      return outgoing(frame.type, 0, { number: frame.pages });
    default:
      return outgoing(frame.type, frame.id);
  }
}

/** @param pages where its large arrays go. @throws where its content is no value, or RangeError where it is too large */
export function runnerFrame(frame: RunnerFrame, pages: SharedPages): Outgoing {
  switch (frame.type) {
    case "up":
      return outgoing(frame.type, 0);
    case "done":
      return outgoing(frame.type, frame.id, { content: frame.message, pages, limits: answerLimits });
    case "part":
      return outgoing(frame.type, frame.id, { content: frame.message, pages, limits: partLimits });
    case "failed":
    case "stage": {
      const { type, id, ...content } = frame;
      return outgoing(type, id, { content, limits: wordLimits });
    }
    case "log": {
      const { type, ...content } = frame;
      return outgoing(type, 0, { content, limits: wordLimits });
    }
  }
}

interface Body {
  readonly content?: unknown;
  readonly limits?: ValueLimits;
  readonly pages?: SharedPages;
  readonly number?: number;
}

function outgoing(type: FrameKind, id: number, { content, limits, pages, number }: Body = {}): Outgoing {
  const { bytes, apart } =
    limits === undefined
      ? { bytes: Buffer.allocUnsafe(headBytes), apart: [] }
      : encodeValue(content, headBytes, limits);
  const taken = apart.length === 0 ? undefined : pages?.write(apart);
  if (taken === undefined) requireRoom(apart.reduce((sum, array) => sum + array.length, bytes.length));
  // A copy: whoever made the message may change it before the last of it has gone out.
  const tail = taken === undefined ? apart.map((array) => array.slice()) : [];
  const head = { kind: kinds.indexOf(type), id, number: taken?.number ?? number ?? 0, place: taken?.offset ?? -1 };
  return { pieces: frameBytes(head, bytes, tail), pages: taken?.number };
}

/** The number of the pages that a frame's arrays are in, which are to be given back once it is read. */
export function pagesOf({ number, place }: Frame): number | undefined {
  return place < 0 ? undefined : number;
}

/** What a host said. The calls themselves were made by the same version of this package. @throws where it is no frame */
export function readHostFrame(frame: Frame, descriptor: number | undefined): HostFrame {
  const { id } = frame;
  const type = kinds[frame.kind];
  switch (type) {
    case "call":
      return { type, id, message: contentOf(frame, descriptor, callLimits) };
    case "cancel":
    case "credit":
      return { type, id };
    case "read":
      return { type, pages: frame.number };
    default:
      throw new RangeError(`A host does not say ${type ?? frame.kind}`);
  }
}

/** What a runner said, if it is such as runners say: the host acts on nothing else. @throws where it is no frame */
export function readRunnerFrame(frame: Frame, descriptor: number | undefined): RunnerFrame {
  const { id } = frame;
  const type = kinds[frame.kind];
  switch (type) {
    case "up":
      return { type };
    case "done":
      return { type, id, message: contentOf(frame, descriptor, answerLimits) };
    case "part":
      return { type, id, message: contentOf(frame, descriptor, partLimits) };
    case "failed":
      return { type, id, ...failedSchema.parse(wordsOf(frame)) };
    case "stage":
      return { type, id, ...stageSchema.parse(wordsOf(frame)) };
    case "log":
      return { type, ...logSchema.parse(wordsOf(frame)) };
    default:
      throw new RangeError(`A runner does not say ${type ?? frame.kind}`);
  }
}

/** @param descriptor of the file that the other side shares. @throws where the content is no value */
function contentOf(frame: Frame, descriptor: number | undefined, limits: ValueLimits): unknown {
  const { content, tail, place } = frame;
  if (place < 0) return decodeValue(content, tail.length === 0 ? undefined : arraysIn(tail), limits);
  if (descriptor === undefined) throw new RangeError("A message names shared memory where there is none");
  return decodeValue(content, pagesAt(place, descriptor), limits);
}

/** @throws where there is more than words: pages of such a frame would have to be given back for nothing */
function wordsOf({ content, tail, place }: Frame): unknown {
  if (place >= 0 || tail.length > 0) throw new RangeError("Words that have arrays");
  return decodeValue(content, undefined, wordLimits);
}

function arraysIn(tail: Uint8Array): ArraySource {
  return {
    size: tail.length,
    read(offset, length) {
      const bytes = new Uint8Array(length);
      bytes.set(tail.subarray(offset, offset + length));
      return bytes.buffer;
    },
  };
}

const failedSchema: z.ZodType<Failure> = z.strictObject({
  error: z.strictObject({
    code: z.enum(Object.keys(errorCodes) as [SerialisedModelError["code"]]),
    message: z.string(),
    model: z.string().optional(),
    details: z.record(z.string(), z.unknown()).optional(),
  }),
  stack: z.string().optional(),
}) as z.ZodType<Failure>;
const stageSchema: z.ZodType<{ readonly stage: LoadStage }> = z.strictObject({
  stage: z.enum(["start", "verify", "prepare", "open", "self_test"]),
});
const logSchema: z.ZodType<LogEntry> = z.strictObject({
  level: z.enum(["debug", "info", "warn", "error"]),
  message: z.string(),
  fields: z.record(z.string(), z.unknown()),
});

/** Parts that may be under way before the first of them has been taken. */
export const partsAhead = 16;

/** Descriptors that a runner finds open when it starts, after the three standard ones. Shared files may be absent. */
export const runnerDescriptors = { channel: 3, fromHost: 4, toHost: 5 } as const;

/** Argument of a runner that has to watch its host by itself; the host's process id follows. */
export const watchHostFlag = "--watch-host=";
