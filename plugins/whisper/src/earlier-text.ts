import { ModelError } from "@menagerie/core";
import type { Segment } from "./segments.ts";
import type { WhisperModel } from "./whisper-model.ts";

/** What windows are shown besides the sound. */
export interface ShownText {
  readonly initialPrompt?: string | undefined;
  readonly hotwords?: string | undefined;
  readonly conditionOnPreviousText?: boolean | undefined;
}

/** Texts drawn at temperatures above this are shown to no window after them. */
const highestTemperature = 0.5;

/**
 * The text that a window is shown as if it came before: `initial_prompt` and earlier windows as in openai/whisper's
 * `transcribe`, `hotwords` before them as in faster-whisper. All of it fills at most half of the model's context, the last
 * of it where there is more; the other half is the window's own text.
 */
export class EarlierText {
  readonly #hotwords: readonly number[];
  readonly #isKept: boolean;
  readonly #most: number;
  readonly #opener: number;
  #ids: number[];

  /** @throws `input_invalid` for special tokens in a text */
  constructor(model: WhisperModel, { initialPrompt, hotwords, conditionOnPreviousText = false }: ShownText) {
    const { config, layout } = model.files;
    this.#most = Math.floor(config.max_target_positions / 2) - 1;
    this.#opener = layout.startOfPrevious;
    this.#hotwords = shownIds(model, "hotwords", hotwords).slice(0, this.#most);
    this.#ids = shownIds(model, "initial_prompt", initialPrompt);
    this.#isKept = conditionOnPreviousText;
  }

  /** Ids before the token that starts a transcript; none where there is nothing to show. */
  get opening(): readonly number[] {
    const room = this.#most - this.#hotwords.length;
    const shown = [...this.#hotwords, ...(room > 0 ? this.#ids.slice(-room) : [])];
    return shown.length === 0 ? [] : [this.#opener, ...shown];
  }

  /** Takes what was heard in a window. @param segments their texts as they are told */
  add(segments: readonly { readonly ids: readonly number[] }[], temperature: number): void {
    if (this.#isKept && temperature <= highestTemperature) this.#ids.push(...segments.flatMap(({ ids }) => ids));
    else this.#ids = [];
  }
}

/** The ids of a segment as openai/whisper keeps them: none of one without a text or a length, and one time at its end. */
export function keptIds(model: WhisperModel, { ids, start, end }: Segment): readonly number[] {
  if (start === end || model.text(ids).trim() === "") return [];
  const { noTimestamps } = model.files.layout;
  const endsInPair = ids.length > 1 && ids.slice(-2).every((id) => id > noTimestamps);
  return endsInPair ? ids.slice(0, -1) : ids;
}

function shownIds({ tokenizer, files }: WhisperModel, field: string, text: string | undefined): number[] {
  if (text === undefined || text.trim() === "") return [];
  const ids = tokenizer.encodeBare(` ${text.trim()}`);
  const special = ids.find((id) => id >= files.layout.endOfText);
  if (special === undefined) return ids;
  throw new ModelError(
    "input_invalid",
    `"${field}" holds the special token ${tokenizer.decode([special], { skipSpecialTokens: false })}, which is no text. Take it out.`,
    { details: { field } },
  );
}
