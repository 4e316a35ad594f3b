import { z } from "zod";
import type { AdoptRequest, LoadRequest, LoadStage, ModuleReference } from "../host/runner.ts";
import type { LogLevel } from "../log.ts";
import { errorCodes, type SerialisedModelError } from "../model-error.ts";
import type { ModelProvider } from "../model-provider.ts";
import type { PreparedForms } from "../prepared-form.ts";
import type { TaskName } from "../tasks/vocabulary.ts";
import { type Frame, type FrameLimits, frameBytes, hostFrameLimits, runnerFrameLimits } from "./frame-stream.ts";
import { arraysApartSchema, type Packed } from "./packed-message.ts";

/** What a host asks of a runner. Each call has a number, and gets one `done` or `failed` under it; many may be under way. */
export type Call =
  | { readonly type: "warm"; readonly engines: readonly ModuleReference[] }
  | { readonly type: "formsNeeded"; readonly request: LoadRequest }
  | {
      readonly type: "makeForms";
      readonly request: LoadRequest;
      /** An empty folder for each graph. */
      readonly folders: Readonly<Record<string, string>>;
    }
  | { readonly type: "load"; readonly request: LoadRequest; readonly forms: PreparedForms }
  | { readonly type: "adopt"; readonly request: AdoptRequest }
  | {
      readonly type: "run";
      readonly task: TaskName;
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
  | ({ readonly type: "call"; readonly id: number } & Packed)
  | { readonly type: "cancel"; readonly id: number }
  /** One more part of the answer has room. */
  | { readonly type: "credit"; readonly id: number }
  /** The pages of the message of that number have been read. */
  | { readonly type: "read"; readonly pages: number };

/** What a runner says. `pages` numbers a message whose arrays lie in shared pages, which the host gives back with `read`. */
export type RunnerFrame =
  | { readonly type: "up" }
  | ({ readonly type: "done" | "part"; readonly id: number; readonly pages: number | undefined } & Packed)
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
type Sent<F> = F extends Packed ? Omit<F, "tail"> & { readonly tail: readonly Uint8Array[] } : F;

/** The bytes of a frame. @throws where its content cannot be cloned, or RangeError where it is too large */
export function hostFrameBytes(frame: Sent<HostFrame>): Uint8Array[] {
  switch (frame.type) {
    case "call":
      return bytesOf(frame.type, frame.id, 0, packedContent(frame), hostFrameLimits, frame.tail);
    case "read":
      return bytesOf(frame.type, 0, frame.pages, undefined, hostFrameLimits);
    default:
      return bytesOf(frame.type, frame.id, 0, undefined, hostFrameLimits);
  }
}

/** The bytes of a frame. @throws where its content cannot be cloned, or RangeError where it is too large */
export function runnerFrameBytes(frame: Sent<RunnerFrame>): Uint8Array[] {
  switch (frame.type) {
    case "up":
      return bytesOf(frame.type, 0, 0, undefined, runnerFrameLimits);
    case "done":
    case "part":
      return bytesOf(frame.type, frame.id, frame.pages ?? 0, packedContent(frame), runnerFrameLimits, frame.tail);
    case "failed":
    case "stage": {
      const { type, id, ...content } = frame;
      return bytesOf(type, id, 0, content, runnerFrameLimits);
    }
    case "log": {
      const { type, ...content } = frame;
      return bytesOf(type, 0, 0, content, runnerFrameLimits);
    }
  }
}

/** What a host said. The calls themselves were made by the same version of this package. @throws where it is no frame */
export function readHostFrame({ kind, id, number, content, tail }: Frame): HostFrame {
  const type = kinds[kind];
  switch (type) {
    case "call":
      return { type, id, ...readPacked(content, tail) };
    case "cancel":
    case "credit":
      return { type, id };
    case "read":
      return { type, pages: number };
    default:
      throw new RangeError(`A host does not say ${type ?? kind}`);
  }
}

/** What a runner said, if it is such as runners say: the host acts on nothing else. @throws RangeError or ZodError */
export function readRunnerFrame({ kind, id, number, content, tail }: Frame): RunnerFrame {
  const type = kinds[kind];
  switch (type) {
    case "up":
      return { type };
    case "done":
    case "part":
      return { type, id, pages: number === 0 ? undefined : number, ...readPacked(content, tail) };
    case "failed":
      return { type, id, ...failedSchema.parse(content) };
    case "stage":
      return { type, id, ...stageSchema.parse(content) };
    case "log":
      return { type, ...logSchema.parse(content) };
    default:
      throw new RangeError(`A runner does not say ${type ?? kind}`);
  }
}

function bytesOf(
  type: FrameKind,
  id: number,
  number: number,
  content: unknown,
  limits: FrameLimits,
  tail: readonly Uint8Array[] = [],
): Uint8Array[] {
  return frameBytes({ kind: kinds.indexOf(type), id, number, content }, tail, limits);
}

function packedContent({ message, arrays }: Pick<Packed, "message" | "arrays">): unknown {
  return arrays.length === 0 ? [message] : [message, arrays];
}

function readPacked(content: unknown, tail: Uint8Array): Packed {
  if (!Array.isArray(content) || content.length < 1 || content.length > 2)
    throw new RangeError("A message is a list of one value, and of what is said of its arrays");
  const [message, arrays] = content as unknown[];
  return { message, arrays: content.length === 1 ? [] : arraysApartSchema.parse(arrays), tail };
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

/** What an engine's module has as its default export. */
export interface EngineModule {
  readonly default: ModelProvider;
}
