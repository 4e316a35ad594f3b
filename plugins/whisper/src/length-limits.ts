import { ModelError } from "@menagerie/core";
import { type GenerationConfig, generationConfig } from "@menagerie/text";
import type { WhisperModel } from "./whisper-model.ts";

export interface LengthWanted {
  readonly numBeams?: number | undefined;
  /** Most tokens of one window. */
  readonly maxNewTokens?: number | undefined;
}

/** How a window's text is searched for, and how long it may become. */
export class LengthLimits {
  readonly #own: Readonly<Record<string, unknown>>;
  readonly #start: number;
  readonly #context: number;
  readonly #wanted: number | undefined;
  #longest: number;

  /**
   * @param start ids that start a transcript
   * @throws `input_invalid` for more tokens than the model can hold after them
   */
  constructor({ files }: WhisperModel, start: number, { numBeams, maxNewTokens }: LengthWanted) {
    const { generation, config } = files;
    this.#wanted = maxNewTokens ?? generation.max_new_tokens;
    this.#own = {
      ...generation,
      do_sample: false,
      temperature: 1,
      num_return_sequences: 1,
      num_beams: numBeams ?? generation.num_beams,
      max_new_tokens: this.#wanted,
    };
    this.#start = start;
    this.#context = config.max_target_positions;
    this.#longest = generation.max_length;
    if (this.#wanted === undefined || this.#wanted + start <= this.#context) return;
    throw new ModelError(
      "input_invalid",
      `max_new_tokens is ${this.#wanted}, but the model holds ${this.#context} tokens, of which ${start} open the text. Ask for at most ${this.#context - start}.`,
      { details: { max_new_tokens: this.#wanted, opening: start, context: this.#context } },
    );
  }

  /**
   * For the next window. transformers lengthens `max_length` anew by what opens the text at every window, up to what the
   * model holds; after earlier text a window has what is left, and its last token, which nothing follows, as in openai/whisper.
   * @param opening ids that the window's text follows
   */
  next(opening: number): GenerationConfig {
    const added = Math.min(Math.floor(this.#context / 2) - 1, this.#start);
    this.#longest = Math.min(this.#longest + added, this.#context);
    if (opening === this.#start) return generationConfig({ ...this.#own, max_length: this.#longest });
    const left = this.#context + 1 - opening;
    return generationConfig({ ...this.#own, max_new_tokens: Math.min(this.#wanted ?? left, left) });
  }
}

/** The same text drawn at a temperature from all tokens that the rules leave; at 0 it is the likeliest, or the best beam. */
export function atTemperature(config: GenerationConfig, temperature: number, seed: number): GenerationConfig {
  if (temperature === 0) return config;
  return { ...config, do_sample: true, num_beams: 1, temperature, top_k: 0, top_p: 1, min_p: 0, typical_p: 1, seed };
}
