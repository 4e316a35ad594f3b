import type { Tensor } from "@menagerie/core";
import { gatherRows } from "./gather-rows.ts";

/** What an encoder made of the items: the decoder attends to it at every step. */
export interface EncoderStates {
  /** float32 or float16 `[items, length, width]` */
  readonly hiddenStates: Tensor;
  /** int64 `[items, length]`, 0 at padding; left out by encoders of one length, such as Whisper's. */
  readonly attentionMask?: Tensor<"int64"> | undefined;
}

/** The states of the items named, in that order; an item may come several times. */
export function statesOf({ hiddenStates, attentionMask }: EncoderStates, items: readonly number[]): EncoderStates {
  return {
    hiddenStates: gatherRows(hiddenStates, items),
    attentionMask: attentionMask === undefined ? undefined : gatherRows(attentionMask, items),
  };
}
