import { z } from "zod";
import type { AdoptRequest, LoadRequest, LoadStage, ModuleReference } from "../host/runner.ts";
import type { LogLevel } from "../log.ts";
import { errorCodes, type SerialisedModelError } from "../model-error.ts";
import type { ModelProvider } from "../model-provider.ts";
import type { PreparedForms } from "../prepared-form.ts";
import type { TaskName } from "../tasks/vocabulary.ts";
import { type Packed, sharedArraySchema } from "./shared-pages.ts";

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

export type HostFrame =
  | ({ readonly type: "call"; readonly id: number } & Packed)
  | { readonly type: "cancel"; readonly id: number }
  /** So many more parts of the answer have room. */
  | { readonly type: "credit"; readonly id: number; readonly parts: number }
  /** The pages of the message of that number have been read. */
  | { readonly type: "read"; readonly pages: number };

/** `pages` numbers a message whose arrays lie in shared pages, which the host gives back with `read`. */
export type RunnerFrame =
  | { readonly type: "up" }
  | ({ readonly type: "done"; readonly id: number; readonly pages?: number | undefined } & Packed)
  | ({ readonly type: "part"; readonly id: number; readonly pages?: number | undefined } & Packed)
  | {
      readonly type: "failed";
      readonly id: number;
      readonly error: SerialisedModelError;
      readonly stack?: string | undefined;
    }
  | { readonly type: "stage"; readonly id: number; readonly stage: LoadStage }
  | {
      readonly type: "log";
      readonly level: LogLevel;
      readonly message: string;
      readonly fields: Readonly<Record<string, unknown>>;
    };

const number = z.int().nonnegative();
const packed = { message: z.unknown(), arrays: z.array(sharedArraySchema).max(100_000) };
const answer = { id: number, pages: number.optional(), ...packed };

/** Whatever a runner says is held against this before the host acts on it. */
export const runnerFrameSchema: z.ZodType<RunnerFrame> = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("up") }),
  z.strictObject({ type: z.literal("done"), ...answer }),
  z.strictObject({ type: z.literal("part"), ...answer }),
  z.strictObject({
    type: z.literal("failed"),
    id: number,
    error: z.strictObject({
      code: z.enum(Object.keys(errorCodes) as [SerialisedModelError["code"]]),
      message: z.string(),
      model: z.string().optional(),
      details: z.record(z.string(), z.unknown()).optional(),
    }),
    stack: z.string().optional(),
  }),
  z.strictObject({
    type: z.literal("stage"),
    id: number,
    stage: z.enum(["start", "verify", "prepare", "open", "self_test"]),
  }),
  z.strictObject({
    type: z.literal("log"),
    level: z.enum(["debug", "info", "warn", "error"]),
    message: z.string(),
    fields: z.record(z.string(), z.unknown()),
  }),
]) as z.ZodType<RunnerFrame>;

/** What a host says, held against this in the runner; the calls themselves were made by the same version of this package. */
export const hostFrameSchema: z.ZodType<HostFrame> = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("call"), id: number, ...packed }),
  z.strictObject({ type: z.literal("cancel"), id: number }),
  z.strictObject({ type: z.literal("credit"), id: number, parts: number }),
  z.strictObject({ type: z.literal("read"), pages: number }),
]);

export const callTypeSchema: z.ZodType<Call> = z.looseObject({
  type: z.enum(["warm", "formsNeeded", "makeForms", "load", "adopt", "run", "unload", "ping"]),
}) as unknown as z.ZodType<Call>;

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
