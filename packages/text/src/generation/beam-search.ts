import type { GenerationConfig } from "./generation-config.ts";
import { highest } from "./highest.ts";
import { logSoftmax, logSumExp } from "./log-softmax.ts";
import type { ScoreProcessor } from "./score-processors.ts";
import type { StopRule } from "./stop-rule.ts";
import type { GeneratedSequence, SearchStep, StoppedBy, TokenSearch } from "./token-search.ts";

export interface BeamSearchParts {
  readonly prompt: readonly number[];
  readonly processors: readonly ScoreProcessor[];
  readonly stop: StopRule;
  readonly config: GenerationConfig;
  /** Longest sequence, the prompt included. */
  readonly maxLength: number;
  /** Whether the log probability of a text is wanted: it takes the sum over all tokens that the rules left. */
  readonly isWeighed: boolean;
}

interface Beam {
  readonly sequence: readonly number[];
  /** Sum of log probabilities, float32. */
  readonly score: number;
  /** Sum of log probabilities among what the rules left; 0 where it is not wanted. */
  readonly logProbability: number;
}

interface FinishedBeam extends Beam {
  readonly stoppedBy: StoppedBy;
}

/** Stands for "not there" among scores, as in the reference: sums with it are compared in float32. */
const nothing = -1e9;

/**
 * Beam search as transformers 5 does it (`GenerationMixin._beam_search`): each step keeps the best
 * `max(2, 1 + ends) * num_beams` continuations, of which those that end compete for the finished places if they are among
 * the first `num_beams`, and the best `num_beams` of the others go on. Scores are float32 at every step.
 */
export class BeamSearch implements TokenSearch {
  readonly #parts: BeamSearchParts;
  #running: readonly Beam[];
  #finished: readonly FinishedBeam[] = [];
  /** False from the moment when the running beams are thought unable to beat the finished ones. */
  #mayImprove = true;

  constructor(parts: BeamSearchParts) {
    this.#parts = parts;
    this.#running = [{ sequence: parts.prompt, score: 0, logProbability: 0 }];
  }

  advance(logits: readonly Float32Array[]): SearchStep | undefined {
    const { config, stop } = this.#parts;
    const candidates = this.#candidates(logits).map((candidate) => ({
      ...candidate,
      stoppedBy: stop(candidate.sequence),
    }));
    this.#finish(candidates);
    const open = candidates
      .map((candidate) => ({
        ...candidate,
        score: candidate.stoppedBy === undefined ? candidate.score : Math.fround(candidate.score + nothing),
      }))
      .sort((a, b) => b.score - a.score)
      .slice(0, config.num_beams);
    this.#running = open;
    this.#mayImprove &&= this.#couldImprove();
    const isFull = this.#isFull() && config.early_stopping === true;
    const canGoOn = candidates.some((candidate) => candidate.stoppedBy === undefined);
    if (!this.#mayImprove || isFull || !canGoOn) return undefined;
    return { tokens: open.map(({ sequence }) => sequence.at(-1) as number), parents: open.map(({ parent }) => parent) };
  }

  result(): readonly GeneratedSequence[] {
    const { prompt, config, isWeighed } = this.#parts;
    return this.#finished
      .slice(0, config.num_return_sequences)
      .map(({ sequence, score, stoppedBy, logProbability }) => ({
        ids: sequence.slice(prompt.length),
        stoppedBy,
        score,
        logProbability: isWeighed ? logProbability : undefined,
      }));
  }

  #candidates(logits: readonly Float32Array[]): (Beam & { readonly parent: number })[] {
    const { config, processors, isWeighed } = this.#parts;
    const left: Float32Array[] = [];
    const vocabulary = (logits[0] as Float32Array).length;
    const scores = new Float32Array(logits.length * vocabulary);
    for (const [row, { sequence, score }] of this.#running.entries()) {
      const of = scores.subarray(row * vocabulary, (row + 1) * vocabulary);
      of.set(logits[row] as Float32Array);
      logSoftmax(of);
      for (const process of processors) process(sequence, of);
      if (isWeighed) left.push(of.slice());
      for (let i = 0; i < of.length; i++) of[i] = (of[i] as number) + score;
    }
    const sums = left.map(logSumExp);
    return highest(scores, Math.max(2, 1 + config.eos_token_id.length) * config.num_beams).map((index) => {
      const parent = Math.floor(index / vocabulary);
      const token = index % vocabulary;
      const { sequence, logProbability } = this.#running[parent] as Beam;
      const added = isWeighed ? (left[parent]?.[token] as number) - (sums[parent] as number) : 0;
      const score = scores[index] as number;
      return { sequence: [...sequence, token], score, logProbability: logProbability + added, parent };
    });
  }

  #finish(candidates: readonly (Beam & { readonly stoppedBy: StoppedBy | undefined })[]): void {
    const { config, prompt } = this.#parts;
    if (!this.#mayImprove || (this.#isFull() && config.early_stopping === true)) return;
    const ended = candidates.slice(0, config.num_beams).flatMap(({ sequence, score, stoppedBy, logProbability }) => {
      // Forbidden, and here only because fewer continuations are allowed than are looked at.
      if (stoppedBy === undefined || score === Number.NEGATIVE_INFINITY) return [];
      const divisor = Math.fround((sequence.length - prompt.length) ** config.length_penalty);
      return [{ sequence, stoppedBy, score: Math.fround(score / divisor), logProbability }];
    });
    this.#finished = [...this.#finished, ...ended].sort((a, b) => b.score - a.score).slice(0, config.num_beams);
  }

  #isFull(): boolean {
    return this.#finished.length >= this.#parts.config.num_beams;
  }

  #couldImprove(): boolean {
    const { config, prompt, maxLength } = this.#parts;
    const best = this.#running[0] as Beam;
    const isGenerous = config.early_stopping === "never" && config.length_penalty > 0;
    const length = (isGenerous ? maxLength : best.sequence.length) - prompt.length;
    const bound = Math.fround(best.score / Math.fround(length ** config.length_penalty));
    const worst = this.#isFull() ? (this.#finished.at(-1) as FinishedBeam).score : nothing;
    return bound > worst;
  }
}
