import { hundredths } from "../rounding.ts";
import { joinOverlapping } from "./common-sequence.ts";

/** What was heard in a chunk. */
export interface HeardChunk {
  /** Times included; without the one that ends the text. */
  readonly ids: readonly number[];
  /** In seconds: the chunk, and its ends that its neighbours heard too. */
  readonly length: number;
  readonly strideLeft: number;
  readonly strideRight: number;
}

/** A part of the whole text; its times, in seconds, are undefined where the model told none. */
export interface JoinedPart {
  readonly ids: readonly number[];
  readonly start: number | undefined;
  readonly end: number | undefined;
}

/** What a model's ids stand for. */
export interface JoinedTokens {
  /** Ids from this one on are special, or times. */
  readonly endOfText: number;
  readonly firstTimestamp: number;
  /** Of its spoken languages. */
  readonly languages: ReadonlySet<number>;
  /** Seconds from one time to the next. */
  readonly timePrecision: number;
  /** Seconds of a window. */
  readonly window: number;
  /** Whether times are wanted. */
  readonly timestamps: boolean;
}

/**
 * Joins the texts of chunks that overlap to one, as `_decode_asr` of transformers' `tokenization_whisper`: times that lie in
 * what two chunks heard do not cut the text, which goes on until there is a time that one chunk heard alone. What a chunk has to
 * add is known when it comes, and nothing after it changes that.
 */
export class ChunkJoiner {
  readonly #tokens: JoinedTokens;
  #offset = 0;
  #start: number | undefined;
  #skips = false;
  #language: number | undefined;
  /** Texts of chunks that are not joined yet. */
  #pending: number[][] = [];

  constructor(tokens: JoinedTokens) {
    this.#tokens = tokens;
  }

  /** Takes the next chunk. @returns the parts that it completes */
  push({ ids, length, strideLeft, strideRight }: HeardChunk): JoinedPart[] {
    const { firstTimestamp, timePrecision, window, endOfText, languages, timestamps } = this.#tokens;
    this.#offset -= strideLeft;
    const firstOwn = strideLeft > 0 ? strideLeft / timePrecision + firstTimestamp : firstTimestamp;
    const firstOfNext = strideRight > 0 ? this.#firstIn(ids, length - strideRight) : undefined;
    const parts: JoinedPart[] = [];
    let current: number[] = [];
    // A chunk may have been heard in several windows, whose times begin at 0 again.
    let latest = 0;
    let beforeLatest = 0;
    let windowsBefore = 0;
    for (const [i, id] of ids.entries()) {
      if (id < endOfText) {
        current.push(id);
        continue;
      }
      if (id < firstTimestamp) {
        if (!languages.has(id)) continue;
        if (this.#language !== undefined && id !== this.#language && !timestamps) {
          parts.push(this.#joined([current], undefined));
          current = [];
        }
        this.#language = id;
        continue;
      }
      const seconds = (id - firstTimestamp) * timePrecision;
      if (seconds < latest) {
        const isPair = (at: number): boolean => (ids[at] as number) >= firstTimestamp;
        if (i >= 2 && !(isPair(i - 1) && isPair(i - 2))) windowsBefore += window;
        else {
          latest = beforeLatest;
          windowsBefore += beforeLatest;
        }
      }
      beforeLatest = latest;
      latest = seconds;
      const time = hundredths((id - firstTimestamp) * timePrecision + this.#offset + windowsBefore);
      if (firstOfNext !== undefined && id >= firstOfNext) this.#skips = true;
      else if (this.#skips || (this.#pending.length > 0 && id < firstOwn)) this.#skips = false;
      else if (this.#start === undefined) this.#start = time;
      else if (time !== this.#start) {
        parts.push(this.#joined([current], time));
        current = [];
      }
    }
    this.#offset += length - strideRight;
    if (current.length > 0) this.#pending.push(current);
    else if (this.#pending.every((text) => text.length === 0)) {
      this.#start = undefined;
      this.#pending = [];
    }
    return parts;
  }

  /** What is left when there are no more chunks. */
  end(): JoinedPart[] {
    return this.#pending.length === 0 ? [] : [this.#joined([], undefined)];
  }

  #joined(current: readonly (readonly number[])[], end: number | undefined): JoinedPart {
    const part = { ids: joinOverlapping([...this.#pending, ...current]), start: this.#start, end };
    this.#start = undefined;
    this.#pending = [];
    return part;
  }

  /** The first of the times at a chunk's end that its neighbour tells too; the last one is always its. */
  #firstIn(ids: readonly number[], from: number): number | undefined {
    const { firstTimestamp, timePrecision } = this.#tokens;
    let first: number | undefined;
    for (const id of ids.toReversed()) {
      if (id < firstTimestamp) continue;
      if (first !== undefined && (id - firstTimestamp) * timePrecision < from) break;
      first = id;
    }
    return first;
  }
}
