import type { GenerationConfig } from "./generation-config.ts";

/**
 * Changes the scores of the next token, in place.
 * @param sequence ids so far, the prompt included
 * @param scores float32 `[vocabulary]`: logits, or log probabilities where beams are searched
 */
export type ScoreProcessor = (sequence: readonly number[], scores: Float32Array) => void;

/**
 * The rules of a configuration, in the order in which transformers' `_get_logits_processor` applies them (the order is
 * part of the answer: forced tokens undo what was forbidden before them).
 * @param promptLength tokens of the prompt
 * @param maxLength longest sequence, the prompt included
 */
export function scoreProcessors(config: GenerationConfig, promptLength: number, maxLength: number): ScoreProcessor[] {
  const processors: ScoreProcessor[] = [];
  const eos = config.eos_token_id;
  if (config.repetition_penalty !== 1) processors.push(penaliseRepetition(config.repetition_penalty));
  if (config.no_repeat_ngram_size > 0) processors.push(forbidRepeatedNgrams(config.no_repeat_ngram_size));
  if (config.bad_words_ids.length > 0) processors.push(forbidWords(config.bad_words_ids, eos));
  const shortest = Math.max(config.min_length, config.min_new_tokens > 0 ? promptLength + config.min_new_tokens : 0);
  if (shortest > 0 && eos.length > 0) processors.push(when((length) => length < shortest, forbid(eos)));
  const first = config.forced_bos_token_id;
  if (first !== undefined) processors.push(when((length) => length === 1, force([first])));
  if (config.forced_eos_token_id.length > 0)
    processors.push(when((length) => length === maxLength - 1, force(config.forced_eos_token_id)));
  if (config.suppress_tokens.length > 0) processors.push(forbid(config.suppress_tokens));
  if (config.begin_suppress_tokens.length > 0) {
    const begin = promptLength > 1 || first === undefined ? promptLength : promptLength + 1;
    processors.push(when((length) => length === begin, forbid(config.begin_suppress_tokens)));
  }
  return processors;
}

function when(applies: (length: number) => boolean, processor: ScoreProcessor): ScoreProcessor {
  return (sequence, scores) => {
    if (applies(sequence.length)) processor(sequence, scores);
  };
}

function forbid(ids: readonly number[]): ScoreProcessor {
  return (_, scores) => {
    for (const id of ids) if (id < scores.length) scores[id] = Number.NEGATIVE_INFINITY;
  };
}

function force(ids: readonly number[]): ScoreProcessor {
  return (_, scores) => {
    scores.fill(Number.NEGATIVE_INFINITY);
    for (const id of ids) scores[id] = 0;
  };
}

function penaliseRepetition(penalty: number): ScoreProcessor {
  return (sequence, scores) => {
    for (const id of new Set(sequence)) {
      const score = scores[id];
      if (score !== undefined) scores[id] = score < 0 ? score * penalty : score / penalty;
    }
  };
}

function forbidRepeatedNgrams(size: number): ScoreProcessor {
  return (sequence, scores) => {
    const prefix = sequence.length - size + 1;
    for (let start = 0; start < prefix; start++) {
      let same = true;
      for (let i = 0; same && i < size - 1; i++) same = sequence[start + i] === sequence[prefix + i];
      if (same) scores[sequence[start + size - 1] as number] = Number.NEGATIVE_INFINITY;
    }
  };
}

/** A word of one token that ends the text is not forbidden: else no text could end. */
function forbidWords(words: readonly (readonly number[])[], eos: readonly number[]): ScoreProcessor {
  const forbidden = words.filter((word) => !(word.length === 1 && eos.includes(word[0] as number)));
  return (sequence, scores) => {
    for (const word of forbidden) {
      const before = word.slice(0, -1);
      const start = sequence.length - before.length;
      if (start >= 0 && before.every((id, i) => sequence[start + i] === id))
        scores[word.at(-1) as number] = Number.NEGATIVE_INFINITY;
    }
  };
}
