import { ModelError, type TranscribedWord } from "@menagerie/core";
import { type AttendedText, type EncoderStates, logSumExp } from "@menagerie/text";
import { hundredths } from "../rounding.ts";
import type { Segment } from "../segments.ts";
import { languageIn, secondsPerTimestamp } from "../token-layout.ts";
import { framesPerPosition } from "../whisper-files.ts";
import type { WhisperModel } from "../whisper-model.ts";
import { type AlignmentHead, alignmentOf } from "./alignment.ts";
import { dynamicTimeWarping } from "./dynamic-time-warping.ts";
import { fitSegment } from "./fit-segment.ts";
import { mergePunctuation } from "./merge-punctuation.ts";
import { splitWords } from "./split-words.ts";
import type { TimedWord } from "./timed-word.ts";

/** The window that segments were heard in. */
export interface WordsWindow {
  readonly states: EncoderStates;
  /** Ids that start a transcript. */
  readonly start: readonly number[];
  /** Frame that it begins with. */
  readonly seek: number;
  /** Frames of it that lie within the recording. */
  readonly frames: number;
}

/** Longest usual word; the durations of a window's words have their median at most there. In seconds. */
const longestMedian = 0.7;
const sentenceEnds = ".。!！?？";

/**
 * When each word of a recording was spoken: openai/whisper's `add_word_timestamps` and `find_alignment`, from the attention
 * of the decoder to the encoder over a whole window's text. Segments get the times of their words.
 */
export class WordTimes {
  readonly #model: WhisperModel;
  readonly #heads: readonly AlignmentHead[];
  #lastEnd = 0;

  /** @throws `input_invalid` for a model without such attention, `checkpoint_invalid` for heads that it does not have */
  constructor(model: WhisperModel) {
    const { layout, config } = model.files;
    const { decoder_layers: layers, decoder_attention_heads: heads } = config;
    if (model.decoder.attendedLayers < layers)
      throw new ModelError(
        "input_invalid",
        'The model cannot say when words were spoken: its decoder was exported without "cross_attentions". ' +
          "Take a conversion that has them (onnx-community's *_timestamped, or tools/export/whisper.py --words), or leave word_timestamps out.",
        { details: { attended_layers: model.decoder.attendedLayers, layers } },
      );
    this.#model = model;
    this.#heads = layout.alignmentHeads ?? laterHalf(layers, heads);
    const wrong = this.#heads.find(([layer, head]) => layer >= layers || head >= heads);
    if (wrong === undefined) return;
    throw new ModelError(
      "checkpoint_invalid",
      `generation_config.json, key "alignment_heads", names head ${wrong[1]} of layer ${wrong[0]}, but the decoder has ${layers} layers of ${heads} heads. Take the file that the checkpoint was published with.`,
      { details: { alignment_heads: this.#heads } },
    );
  }

  /** Where the last word ended, or the last segment where a window had no word; in seconds from the start of the recording. */
  get lastEnd(): number {
    return this.#lastEnd;
  }

  /** The segments of a window with their words. */
  async add<Cut extends Segment>(
    segments: readonly Cut[],
    window: WordsWindow,
  ): Promise<(Cut & { words: TranscribedWord[] })[]> {
    const { endOfText } = this.#model.files.layout;
    const texts = segments.map(({ ids }) => ids.filter((id) => id < endOfText));
    const words = await this.#align(texts.flat(), window);
    const durations = words.map(({ start, end }) => end - start).filter((duration) => duration !== 0);
    const median = Math.min(longestMedian, medianOf(durations));
    if (durations.length > 0) shortenAtSentenceEnds(words, 2 * median);
    mergePunctuation(words);
    const offset = window.seek / this.#framesPerSecond;
    let next = 0;
    let spoken = this.#lastEnd;
    const timed = segments.map((segment, i) => {
      const own: TranscribedWord[] = [];
      for (let tokens = 0; next < words.length && tokens < (texts[i]?.length ?? 0); next++) {
        const { word, start, end, probability, tokens: count } = words[next] as TimedWord;
        if (word !== "")
          own.push({ word, start: hundredths(offset + start), end: hundredths(offset + end), probability });
        tokens += count;
      }
      const fitted = fitSegment(segment, own, spoken, median);
      if (own.length > 0) spoken = fitted.end;
      return { ...fitted, words: own };
    });
    const last = timed.findLast((segment) => segment.words.length > 0)?.words.at(-1) ?? timed.at(-1);
    this.#lastEnd = last?.end ?? this.#lastEnd;
    return timed;
  }

  get #framesPerSecond(): number {
    const { samplingRate, hopLength } = this.#model.files.settings;
    return samplingRate / hopLength;
  }

  async #align(text: readonly number[], { states, start, frames }: WordsWindow): Promise<TimedWord[]> {
    const { layout, config } = this.#model.files;
    // What is beyond the model's context, which no usual text comes near, has no times.
    const ids = text.slice(0, config.max_target_positions - start.length - 2);
    const positions = Math.floor(frames / framesPerPosition);
    if (ids.length === 0) return [];
    const whole = [...start, layout.noTimestamps, ...ids, layout.endOfText];
    const layers = [...new Set(this.#heads.map(([layer]) => layer))];
    const attended = await this.#model.decoder.attend(whole, states, layers);
    const times = tokenTimes(attended, this.#heads, start.length, positions);
    const probabilities = ids.map((id, i) => probabilityOf(id, attended.logitsAt(start.length + i), layout.endOfText));
    const decode = (some: readonly number[]): string =>
      this.#model.tokenizer.decode(some, { skipSpecialTokens: false });
    const words = splitWords([...ids, layout.endOfText], this.#languageOf(start), layout.endOfText, decode);
    let from = 0;
    return words.slice(0, -1).map(({ word, ids: { length } }) => {
      const to = from + length;
      const probability = probabilities.slice(from, to).reduce((sum, one) => sum + one, 0) / length;
      const timed = { word, tokens: length, start: times[from] as number, end: times[to] as number, probability };
      from = to;
      return timed;
    });
  }

  #languageOf(start: readonly number[]): string | undefined {
    return languageIn(this.#model.files.layout, start);
  }
}

/** When each token begins, and the last one ends; in seconds from the start of the window. @param opening tokens before the text */
function tokenTimes(
  { attentions }: AttendedText,
  heads: readonly AlignmentHead[],
  opening: number,
  positions: number,
): number[] {
  const { data, tokens } = alignmentOf(attentions, heads, positions);
  const rows = tokens - opening - 1;
  const costs = data.slice(opening * positions, (tokens - 1) * positions).map((fit) => -fit);
  const path = dynamicTimeWarping(costs, rows, positions);
  const times: number[] = [];
  for (const [i, row] of path.rows.entries())
    if (i === 0 || row !== path.rows[i - 1])
      times.push((path.columns[i] as number) / Math.round(1 / secondsPerTimestamp));
  return times;
}

/** Among the tokens that are text. */
function probabilityOf(id: number, logits: Float32Array, endOfText: number): number {
  const text = logits.subarray(0, endOfText);
  return Math.exp((text[id] as number) - logSumExp(text));
}

/** Of the words at the ends of sentences none is longer than `longest` seconds; in place. */
function shortenAtSentenceEnds(words: readonly TimedWord[], longest: number): void {
  for (let i = 1; i < words.length; i++) {
    const [previous, word] = [words[i - 1] as TimedWord, words[i] as TimedWord];
    if (word.end - word.start <= longest) continue;
    if (sentenceEnds.includes(word.word)) word.end = word.start + longest;
    else if (sentenceEnds.includes(previous.word)) word.start = word.end - longest;
  }
}

/** Which heads follow the words where a checkpoint does not say: those of the later layers, as in openai/whisper. */
function laterHalf(layers: number, heads: number): AlignmentHead[] {
  const later = Array.from({ length: layers }, (_, layer) => layer).slice(Math.floor(layers / 2));
  return later.flatMap((layer) => Array.from({ length: heads }, (_, head): AlignmentHead => [layer, head]));
}

function medianOf(values: readonly number[]): number {
  const ordered = values.toSorted((a, b) => a - b);
  const [low, high] = [ordered[Math.floor((ordered.length - 1) / 2)], ordered[Math.floor(ordered.length / 2)]];
  return low === undefined || high === undefined ? 0 : (low + high) / 2;
}
