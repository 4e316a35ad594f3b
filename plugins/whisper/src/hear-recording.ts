import { decodeAudio, type LogMel, mixToMono, resample, type WhisperFrontEnd } from "@menagerie/audio";
import { type SpeechOptions, type SpeechSpan, speechPad } from "./speech/speech-spans.ts";
import { speechTimeline, type Timeline, wholeTimeline } from "./timeline.ts";

/** What is heard of a recording: all of it, or speech alone. */
export interface Sound {
  /** Mono, at the model's rate. */
  readonly samples: Float32Array;
  /** Length of the recording that was sent. */
  readonly seconds: number;
  readonly timeline: Timeline;
  /** Where speech was looked for and none was found. */
  readonly isSilent: boolean;
}

/** A recording as a Whisper hears it. */
export interface HeardRecording extends Pick<Sound, "timeline" | "isSilent"> {
  /** float32 `[mels, frames]`: of a whole window at least. */
  readonly features: LogMel;
  /** Frames that begin within the recording; those after them are silence that fills a window up. */
  readonly frames: number;
}

/**
 * A recording, from the bytes of its file: channels mixed, at the model's rate.
 * @throws `audio_undecodable`, `audio_too_large`, `dependency_missing` as the audio kit
 */
export async function readSound(frontEnd: WhisperFrontEnd, audio: Uint8Array): Promise<Sound> {
  const recording = await decodeAudio(audio);
  const samples = resample(mixToMono(recording), recording.sampleRate, frontEnd.settings.samplingRate);
  const seconds = (recording.channels[0]?.length ?? 0) / recording.sampleRate;
  return { samples, seconds, timeline: wholeTimeline(seconds), isSilent: false };
}

/** The speech of a recording, one span right after the other. */
export function speechOf({ samples, seconds }: Sound, spans: readonly SpeechSpan[], options: SpeechOptions): Sound {
  const speech = new Float32Array(spans.reduce((sum, { start, end }) => sum + end - start, 0));
  let at = 0;
  for (const { start, end } of spans) {
    speech.set(samples.subarray(start, end), at);
    at += end - start;
  }
  return {
    samples: speech,
    seconds,
    timeline: speechTimeline(spans, speechPad(options), seconds),
    isSilent: speech.length === 0,
  };
}

/**
 * The features of all that is heard. What fits into a window is filled up with silence to a whole one; in what is longer
 * the loudest moment is that of all of it.
 */
export function hearSound(frontEnd: WhisperFrontEnd, { samples, timeline, isSilent }: Sound): HeardRecording {
  // Nobody looks at the features of silence.
  const heard = isSilent ? new Float32Array(1) : samples;
  const features = heard.length > frontEnd.windowSamples ? frontEnd.wholeFile(heard) : frontEnd.window(heard);
  return { features, frames: Math.max(1, Math.floor(heard.length / frontEnd.settings.hopLength)), timeline, isSilent };
}
