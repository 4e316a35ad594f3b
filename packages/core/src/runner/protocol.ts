import type { AdoptRequest, LoadRequest, LoadStage, ModuleReference } from "../host/runner.ts";
import type { LogLevel } from "../log.ts";
import type { SerialisedModelError } from "../model-error.ts";
import type { ModelProvider } from "../model-provider.ts";
import type { PreparedForms } from "../prepared-form.ts";
import type { TaskName } from "../tasks/vocabulary.ts";

/** What a host asks of a runner. Each call has a number, and gets one `done` or `failed` under it. */
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
  | { readonly type: "call"; readonly id: number; readonly call: Call }
  | { readonly type: "cancel"; readonly id: number };

export type RunnerFrame =
  | { readonly type: "up" }
  | { readonly type: "done"; readonly id: number; readonly result: unknown }
  | {
      readonly type: "failed";
      readonly id: number;
      readonly error: SerialisedModelError;
      readonly stack: string | undefined;
    }
  | { readonly type: "part"; readonly id: number; readonly part: unknown }
  | { readonly type: "stage"; readonly stage: LoadStage }
  | {
      readonly type: "log";
      readonly level: LogLevel;
      readonly message: string;
      readonly fields: Readonly<Record<string, unknown>>;
    };

/** Descriptors that a runner finds open when it starts, after the three standard ones and the channel of messages. */
export const sharedMemoryDescriptors = { fromHost: 4, toHost: 5 } as const;

/** What an engine's module has as its default export. */
export interface EngineModule {
  readonly default: ModelProvider;
}
