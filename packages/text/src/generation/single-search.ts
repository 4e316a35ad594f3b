import { logSumExp } from "./log-softmax.ts";
import type { ScoreProcessor } from "./score-processors.ts";
import type { StopRule } from "./stop-rule.ts";
import type { GeneratedSequence, SearchStep, StoppedBy, TokenSearch } from "./token-search.ts";

export interface SingleSearchParts {
  readonly prompt: readonly number[];
  readonly processors: readonly ScoreProcessor[];
  readonly stop: StopRule;
  /** Picks a token by its scores: the likeliest, or a draw. */
  readonly choose: (scores: Float32Array) => number;
  /** Whether the text's score is wanted: it takes the sum over all tokens at every step. */
  readonly isScored: boolean;
  readonly onToken?: ((id: number) => void) | undefined;
}

/** One sequence, one token at a time: greedy or drawn, as `choose` says. */
export class SingleSearch implements TokenSearch {
  readonly #parts: SingleSearchParts;
  readonly #sequence: number[];
  #score = 0;
  #stoppedBy: StoppedBy | undefined;

  constructor(parts: SingleSearchParts) {
    this.#parts = parts;
    this.#sequence = [...parts.prompt];
  }

  advance(logits: readonly Float32Array[]): SearchStep | undefined {
    const { processors, stop, choose, isScored, onToken } = this.#parts;
    const scores = logits[0] as Float32Array;
    for (const process of processors) process(this.#sequence, scores);
    const token = choose(scores);
    if (isScored) this.#score += (scores[token] as number) - logSumExp(scores);
    this.#sequence.push(token);
    onToken?.(token);
    this.#stoppedBy = stop(this.#sequence);
    return this.#stoppedBy === undefined ? { tokens: [token], parents: [0] } : undefined;
  }

  result(): readonly GeneratedSequence[] {
    const { prompt, isScored } = this.#parts;
    const ids = this.#sequence.slice(prompt.length);
    return [{ ids, stoppedBy: this.#stoppedBy ?? "length", score: isScored ? this.#score : undefined }];
  }
}
