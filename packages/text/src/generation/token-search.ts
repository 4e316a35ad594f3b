/** What the decoder computes next: one row for each token, which continues the row `parents[i]` of the step before. */
export interface SearchStep {
  readonly tokens: readonly number[];
  readonly parents: readonly number[];
}

export type StoppedBy = "end_of_text" | "length" | "stop_string";

export interface GeneratedSequence {
  /** Token ids after the prompt, the one that ended the text included. */
  readonly ids: readonly number[];
  readonly stoppedBy: StoppedBy;
  /**
   * Sum of log probabilities of the ids; a beam's is divided by its length to the power of `length_penalty`. Undefined
   * where scores were not wanted.
   */
  readonly score: number | undefined;
  /**
   * Sum of log probabilities of the ids among all that the rules left, at a temperature of 1 and whatever the search was.
   * Undefined where it was not wanted.
   */
  readonly logProbability: number | undefined;
}

/** One text being generated. Pure: it is told the decoder's logits and says what to compute next. */
export interface TokenSearch {
  /**
   * @param logits one row of float32 `[vocabulary]` for each row of the step before; at first one row, the prompt's.
   *   Rows are scratch: they are overwritten.
   * @returns undefined when the text is done
   */
  advance(logits: readonly Float32Array[]): SearchStep | undefined;
  /** What has been generated, best first. */
  result(): readonly GeneratedSequence[];
}
