import { decodeAudio, type LogMel, mixToMono, resample, type WhisperFrontEnd } from "@menagerie/audio";

/**
 * The features of a whole recording, from the bytes of its file: channels mixed, at the model's rate. One that fits into a
 * window is filled up with silence to a whole one; in a longer one the loudest moment is that of all of it.
 * @returns float32 `[mels, frames]`
 * @throws `audio_undecodable`, `audio_too_large`, `dependency_missing` as the audio kit
 */
export async function hearRecording(frontEnd: WhisperFrontEnd, audio: Uint8Array): Promise<LogMel> {
  const recording = await decodeAudio(audio);
  const samples = resample(mixToMono(recording), recording.sampleRate, frontEnd.settings.samplingRate);
  return samples.length > frontEnd.windowSamples ? frontEnd.wholeFile(samples) : frontEnd.window(samples);
}
