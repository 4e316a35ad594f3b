import type { EncoderStates } from "@menagerie/text";
import type { Clip } from "./clips.ts";
import type { HeardRecording } from "./hear-recording.ts";
import type { HeardWindow } from "./segments.ts";
import { framesPerPosition } from "./whisper-files.ts";
import type { WhisperModel } from "./whisper-model.ts";

/** The windows of a recording, and what the encoder makes of them. */
export class Windows {
  readonly #model: WhisperModel;
  readonly #recording: HeardRecording;
  /** Of a whole window. */
  readonly frames: number;
  readonly framesPerSecond: number;
  #first: Promise<EncoderStates> | undefined;

  constructor(model: WhisperModel, recording: HeardRecording) {
    this.#model = model;
    this.#recording = recording;
    this.frames = framesPerPosition * model.files.config.max_source_positions;
    const { samplingRate, hopLength } = model.files.settings;
    this.framesPerSecond = samplingRate / hopLength;
  }

  /** The window that begins with the recording: languages are detected in it. */
  first(): Promise<EncoderStates> {
    this.#first ??= this.#encode(0);
    return this.#first;
  }

  /** @param seek frame that the window begins with; what lies after the clip is 0 among its features */
  async at(seek: number, clip: Clip): Promise<EncoderStates> {
    const first = this.#first;
    const isCut = clip.end < Math.min(seek + this.frames, this.#recording.frames);
    if (seek === 0 && !isCut && first !== undefined) return first;
    this.#first = undefined;
    return this.#encode(seek, isCut ? clip.end : undefined);
  }

  /** Where a window lies. One that reaches the end of a short recording has the silence after it too. */
  cutOut(seek: number, clip: Clip): HeardWindow {
    const { features, frames } = this.#recording;
    const end = clip.end === frames ? features.frames : clip.end;
    return {
      seek,
      frames: Math.min(end - seek, this.frames),
      firstTimestamp: this.#model.files.layout.noTimestamps + 1,
    };
  }

  #encode(seek: number, end?: number): Promise<EncoderStates> {
    const { frontEnd } = this.#model;
    const window = frontEnd.windowAt(this.#recording.features, seek);
    if (end !== undefined)
      for (let mel = 0; mel < window.mels; mel++)
        window.data.fill(0, mel * window.frames + end - seek, (mel + 1) * window.frames);
    return this.#model.encode(window);
  }
}
