import { likeliest } from "./highest.ts";
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
  /** Whether its log probability is, which takes another such sum where tokens are drawn. */
  readonly isWeighed: boolean;
  readonly onToken?: ((id: number) => void) | undefined;
}

/** One sequence, one token at a time: greedy or drawn, as `choose` says. */
export class SingleSearch implements TokenSearch {
  readonly #parts: SingleSearchParts;
  readonly #sequence: number[];
  #score = 0;
  #logProbability = 0;
  #stoppedBy: StoppedBy | undefined;

  constructor(parts: SingleSearchParts) {
    this.#parts = parts;
    this.#sequence = [...parts.prompt];
  }

  advance(logits: readonly Float32Array[]): SearchStep | undefined {
    const { processors, stop, choose, isScored, isWeighed, onToken } = this.#parts;
    const scores = logits[0] as Float32Array;
    for (const process of processors) process(this.#sequence, scores);
    const left = isWeighed && choose !== likeliest ? scores.slice() : scores;
    const token = choose(scores);
    const logProbability = isWeighed || (isScored && left === scores) ? logProbabilityOf(token, left) : 0;
    this.#logProbability += logProbability;
    if (isScored) this.#score += left === scores ? logProbability : logProbabilityOf(token, scores);
    this.#sequence.push(token);
    onToken?.(token);
    this.#stoppedBy = stop(this.#sequence);
    return this.#stoppedBy === undefined ? { tokens: [token], parents: [0] } : undefined;
  }

  result(): readonly GeneratedSequence[] {
    const { prompt, isScored, isWeighed } = this.#parts;
    const ids = this.#sequence.slice(prompt.length);
    const score = isScored ? this.#score : undefined;
    const logProbability = isWeighed ? this.#logProbability : undefined;
    return [{ ids, stoppedBy: this.#stoppedBy ?? "length", score, logProbability }];
  }
}

function logProbabilityOf(token: number, scores: Float32Array): number {
  return (scores[token] as number) - logSumExp(scores);
}
