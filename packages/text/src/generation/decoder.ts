import type { EncoderStates } from "./encoder-states.ts";
import type { PrefixCache } from "./prefix-cache.ts";

/** The logits of the last position of each row; the rows are the caller's to overwrite. */
export type Logits = readonly Float32Array[];

/** A decoder in the middle of its work: it knows all that was fed to it. */
export interface DecoderRun {
  /**
   * Feeds one token to each row.
   * @param tokens one for each new row
   * @param parents the row of the step before that each new row continues
   */
  step(tokens: readonly number[], parents: readonly number[]): Promise<Logits>;
}

export interface DecoderStart {
  readonly run: DecoderRun;
  /** float32 `[vocabulary]` after each prompt */
  readonly logits: Logits;
  /**
   * A copy of what came after an earlier token of a prompt; undefined where the decoder computes the last alone. To be
   * asked before the first step: the engine may overwrite it then.
   */
  readonly logitsAt: (row: number, position: number) => Float32Array | undefined;
}

/** Whatever gives the logits of the next token, with a memory of what it has seen. */
export interface Decoder {
  /** Whether prompts of different lengths can be run together. */
  readonly takesUnevenPrompts: boolean;
  /**
   * @param prompts ids for each item
   * @param encoder what the encoder made of the items, in models that have one
   */
  start(
    prompts: readonly (readonly number[])[],
    encoder: EncoderStates | undefined,
    prefixes: PrefixCache | undefined,
  ): Promise<DecoderStart>;
}
