import { decodeAudio, type LogMel, mixToMono, resample, type WhisperFrontEnd } from "@menagerie/audio";

/** A recording as a Whisper hears it. */
export interface HeardRecording {
  /** float32 `[mels, frames]`: of a whole window at least. */
  readonly features: LogMel;
  /** Frames that begin within the recording; those after them are silence that fills a window up. */
  readonly frames: number;
  readonly seconds: number;
}

/**
 * The features of a whole recording, from the bytes of its file: channels mixed, at the model's rate. One that fits into a
 * window is filled up with silence to a whole one; in a longer one the loudest moment is that of all of it.
 * @throws `audio_undecodable`, `audio_too_large`, `dependency_missing` as the audio kit
 */
export async function hearRecording(frontEnd: WhisperFrontEnd, audio: Uint8Array): Promise<HeardRecording> {
  const recording = await decodeAudio(audio);
  const { samplingRate, hopLength } = frontEnd.settings;
  const samples = resample(mixToMono(recording), recording.sampleRate, samplingRate);
  const features = samples.length > frontEnd.windowSamples ? frontEnd.wholeFile(samples) : frontEnd.window(samples);
  return {
    features,
    frames: Math.max(1, Math.floor(samples.length / hopLength)),
    seconds: (recording.channels[0]?.length ?? 0) / recording.sampleRate,
  };
}
