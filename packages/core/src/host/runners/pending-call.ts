import type { ModelError } from "../../contract/model-error.ts";
import type { LoadStage } from "../../runner/runner.ts";

export interface CallOptions {
  /** Tells the runner that nobody waits any more; the call stays open until the runner has done with it. */
  readonly signal?: AbortSignal | undefined;
  onStage?(stage: LoadStage): void;
  onPart?(part: unknown): unknown;
}

/** A call that has no answer yet. */
export interface PendingCall {
  readonly onPart: CallOptions["onPart"] | undefined;
  readonly onStage: CallOptions["onStage"] | undefined;
  /** Parts that were sent and not taken. */
  partsUnderWay: number;
  resolve(result: unknown): void;
  reject(error: ModelError): void;
  /** Gives back what the call holds. */
  over(): void;
}
