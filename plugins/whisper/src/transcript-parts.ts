import type { TranscribeAudioPart, TranscribedWord } from "@menagerie/core";
import { TextStream } from "@menagerie/text";
import { cutSegments, type HeardWindow, type Segment } from "./segments.ts";
import type { Timeline } from "./timeline.ts";
import type { WhisperModel } from "./whisper-model.ts";

/** What becomes of each part. */
export interface PartsWanted {
  /** Whether windows are heard with times. */
  readonly hasTimes: boolean;
  /** Whether parts are segments with their times; pieces of text otherwise. */
  readonly tellsTimes: boolean;
  readonly timeline: Timeline;
  readonly onPart: (part: TranscribeAudioPart) => unknown;
}

/** A segment as it is told, its words with it where they are wanted. */
interface ToldSegment extends Segment {
  readonly words?: TranscribedWord[] | undefined;
}

/**
 * Tells what is heard while it is heard: a segment once the time after it is known, which nothing that follows can change,
 * and where no times are heard each piece of text. Pieces, joined, are the text of the whole transcript.
 */
export class TranscriptParts {
  readonly #model: WhisperModel;
  readonly #wanted: PartsWanted;
  /** Ids of the window under way. */
  #ids: number[] = [];
  #toldSegments = 0;
  #stream: TextStream | undefined;
  /** Ids whose text is not told to its end, and how many of its characters are. */
  #pending: number[] = [];
  #toldCharacters = 0;
  #taken: unknown;

  constructor(model: WhisperModel, wanted: PartsWanted) {
    this.#model = model;
    this.#wanted = wanted;
  }

  /** To be waited for between windows: nothing is heard faster than it is taken. */
  get taken(): unknown {
    return this.#taken;
  }

  /** Takes a token as it is chosen. */
  push(id: number, window: HeardWindow): void {
    const isTime = (other: number): boolean => other >= window.firstTimestamp;
    this.#ids.push(id);
    if (this.#wanted.hasTimes) {
      const endsInPair = this.#ids.length > 1 && this.#ids.slice(-2).every(isTime);
      if (endsInPair) {
        const { segments } = cutSegments(this.#ids, window);
        this.#tellSegments(segments.map((segment) => this.#wanted.timeline.place(segment)));
      }
    } else if (this.#pending.length === 0 && !this.#ids.some(isTime)) {
      // A time that comes unasked cuts the text nevertheless, and what is after the last may be heard anew.
      this.#stream ??= new TextStream(this.#model.tokenizer);
      this.#tellText(this.#stream.push(id));
    }
  }

  /** Tells what is left of a window. @param segments all of it; nothing was pushed where beams were compared */
  endWindow(segments: readonly ToldSegment[]): void {
    this.#tellSegments(segments);
    this.#ids = [];
    this.#toldSegments = 0;
    this.#stream = undefined;
  }

  /** Tells what was held back. */
  end(): void {
    this.#tellPending();
  }

  #tellSegments(segments: readonly ToldSegment[]): void {
    for (const { start, end, ids, words } of segments.slice(this.#toldSegments)) {
      const text = this.#model.text(ids);
      if (this.#wanted.tellsTimes) this.#tell({ text, start, end, ...(words === undefined ? {} : { words }) });
      else this.#pending.push(...ids);
    }
    this.#toldSegments = segments.length;
    // A character may have its last bytes in what comes next.
    if (!this.#model.text(this.#pending).endsWith("\ufffd")) this.#tellPending();
  }

  #tellPending(): void {
    this.#tellText(this.#model.text(this.#pending).slice(this.#toldCharacters));
    this.#pending = [];
    this.#toldCharacters = 0;
  }

  #tellText(text: string): void {
    if (text === "") return;
    this.#toldCharacters += text.length;
    this.#tell({ text });
  }

  #tell(part: TranscribeAudioPart): void {
    this.#taken = this.#wanted.onPart(part);
  }
}
