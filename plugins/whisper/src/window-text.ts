import {
  type Decoder,
  type DecoderStart,
  type EncoderStates,
  type GenerationConfig,
  generate,
  logSumExp,
} from "@menagerie/text";
import { compressionRatio } from "./compression-ratio.ts";
import { timestampRules } from "./timestamp-rules.ts";
import type { WhisperModel } from "./whisper-model.ts";

/** What was heard in a window. Its figures are those of openai/whisper's `DecodingResult`, by its names and arithmetic. */
export interface WindowText {
  /** Without the one that ends the text. */
  readonly ids: readonly number[];
  /** Sum of log probabilities, the end's included, divided by the number of ids and 1. */
  readonly avgLogprob: number;
  readonly noSpeechProb: number;
  readonly compressionRatio: number;
  readonly temperature: number;
}

/** How windows are heard. */
export interface WindowsQuestion {
  /** Rows are the windows. */
  readonly states: EncoderStates;
  /** Ids that each one's text follows, equally many. */
  readonly openings: readonly (readonly number[])[];
  readonly config: GenerationConfig;
  readonly timestamps: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onToken?: ((id: number) => void) | undefined;
}

/** How one window is heard. */
export interface WindowQuestion extends Omit<WindowsQuestion, "openings"> {
  readonly opening: readonly number[];
}

/** Hears one window at the temperature of its configuration, where tokens are drawn if it says so. */
export async function hearWindow(model: WhisperModel, question: WindowQuestion): Promise<WindowText> {
  const [text] = await hearWindows(model, { ...question, openings: [question.opening] });
  return text as WindowText;
}

/** Hears windows side by side; each gets the text that it would get alone. */
export async function hearWindows(model: WhisperModel, question: WindowsQuestion): Promise<WindowText[]> {
  const { states, openings, config, timestamps, signal, onToken } = question;
  const { layout } = model.files;
  const [opening = []] = openings;
  const decoder = new SpeechListener(model.decoder, opening.lastIndexOf(layout.startOfTranscript), layout.noSpeech);
  const texts = await generate(decoder, {
    prompts: openings,
    encoder: states,
    config,
    processors: timestamps ? [timestampRules(layout, opening.length)] : [],
    scores: false,
    logProbabilities: true,
    signal,
    ...(onToken === undefined ? {} : { onToken: (_: number, id: number) => onToken(id) }),
  });
  return texts.map(([text], window) => {
    const whole = text?.ids ?? [];
    const ids = whole.at(-1) === layout.endOfText ? whole.slice(0, -1) : whole;
    return {
      ids,
      avgLogprob: (text?.logProbability ?? 0) / (ids.length + 1),
      noSpeechProb: decoder.noSpeechProbs[window] ?? 0,
      compressionRatio: compressionRatio(compressedText(model, ids)),
      temperature: config.do_sample ? config.temperature : 0,
    };
  });
}

/** All that is not a time, tokens that stand for no text included, as openai/whisper compresses it. */
function compressedText({ tokenizer, files }: WhisperModel, ids: readonly number[]): string {
  const untimed = ids.filter((id) => id <= files.layout.noTimestamps);
  return tokenizer.decode(untimed, { skipSpecialTokens: false }).trim();
}

/** A decoder that is asked on the way how likely it is that nobody speaks. */
class SpeechListener implements Decoder {
  readonly #decoder: Decoder;
  readonly #position: number;
  readonly #noSpeech: number;
  /** One for each window. */
  noSpeechProbs: readonly number[] = [];

  /** @param position of the token that starts a transcript */
  constructor(decoder: Decoder, position: number, noSpeech: number) {
    this.#decoder = decoder;
    this.#position = position;
    this.#noSpeech = noSpeech;
  }

  get takesUnevenPrompts(): boolean {
    return this.#decoder.takesUnevenPrompts;
  }

  async start(...asked: Parameters<Decoder["start"]>): Promise<DecoderStart> {
    const start = await this.#decoder.start(...asked);
    this.noSpeechProbs = start.logits.map((_, window) => {
      const scores = start.logitsAt(window, this.#position);
      return scores === undefined ? 0 : Math.exp((scores[this.#noSpeech] as number) - logSumExp(scores));
    });
    return start;
  }
}
