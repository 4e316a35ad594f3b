import type { Recording } from "../signal/recording.ts";
import type { AudioLimits } from "./audio-limits.ts";
import { damaged } from "./decode-failure.ts";
import { readFlacFrame } from "./flac-frame.ts";
import { type FlacFrameHeader, flacFrameHeader } from "./flac-frame-header.ts";
import { type FlacHeader, isFlacStart } from "./flac-header.ts";
import { SampleCollector } from "./sample-collector.ts";

/** Gathers the frames of a FLAC stream, and holds them against what its header says. */
export class FlacFrames {
  readonly #file: FlacHeader;
  readonly #collector: SampleCollector;
  #count = 0;

  constructor(file: FlacHeader, limits: AudioLimits) {
    this.#file = file;
    this.#collector = new SampleCollector("FLAC", limits);
  }

  /**
   * Frames one after the other from `start` to the end of the file.
   *
   * @returns where they end
   * @throws ModelError as `addFrame` does
   */
  addStretch(bytes: Uint8Array, start: number): number {
    let at = start;
    while (at < bytes.length && !isFlacStart(bytes, at)) {
      const next = this.#isComplete && !this.#isFrame(bytes, at) ? undefined : this.#nextFrame(bytes, at);
      if (next === undefined) return at;
      if (next > at && this.#count > 0 && this.#file.frames === 0) {
        throw damaged("FLAC", `is damaged: ${next - at} bytes after its frame ${this.#count} are none`);
      }
      at = next + this.addFrame(bytes.subarray(next));
    }
    return at;
  }

  /**
   * Adds the frame that the bytes begin with.
   *
   * @returns its bytes
   * @throws ModelError `audio_undecodable` if they are no whole frame, `audio_too_large` at a limit
   */
  addFrame(bytes: Uint8Array): number {
    const header = flacFrameHeader(bytes, 0, this.#file);
    const frame = header === undefined ? "damaged" : readFlacFrame(bytes, header);
    if (header === undefined || typeof frame === "string") throw this.#incomplete(frame === "cut");
    this.#collector.add({
      channelData: frame.channels,
      samplesDecoded: header.frames,
      sampleRate: header.sampleRate,
      errors: [],
    });
    this.#count++;
    return frame.bytes;
  }

  /** @throws ModelError `audio_undecodable` unless there are as many samples as the header says, where it does */
  recording(): Recording {
    if (this.#file.frames > 0 && this.#collector.frames !== this.#file.frames) throw this.#incomplete(false);
    return this.#collector.recording();
  }

  get #isComplete(): boolean {
    return this.#file.frames > 0 && this.#collector.frames >= this.#file.frames;
  }

  /** Where the next frame's header is: here, as it should, or further on; nowhere if only the beginning of one is left. */
  #nextFrame(bytes: Uint8Array, from: number): number | undefined {
    for (let at = from; at >= 0; at = bytes.indexOf(0xff, at + 1)) {
      if (this.#isFrame(bytes, at)) return at;
    }
    // What begins like a frame right after one and has no whole header is the rest of a file that was cut.
    const isCut = bytes[from] === 0xff && bytes.length - from < 16;
    if (isCut) throw this.#incomplete(true);
    return undefined;
  }

  #isFrame(bytes: Uint8Array, at: number): boolean {
    const header: FlacFrameHeader | undefined = flacFrameHeader(bytes, at, this.#file);
    return header?.channels === this.#file.channels && header.sampleRate === this.#file.sampleRate;
  }

  #incomplete(isCut: boolean): Error {
    const { frames } = this.#file;
    const so = `${this.#collector.frames} can be decoded`;
    if (frames > 0) return damaged("FLAC", `is truncated or damaged: of ${frames} samples ${so}`);
    return damaged(
      "FLAC",
      `is ${isCut ? "truncated" : "damaged"} within its frame ${this.#count + 1}: ${so} before it`,
    );
  }
}
