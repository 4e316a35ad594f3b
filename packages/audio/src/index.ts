export { type AudioFormat, audioFormatOf } from "./decode/audio-format.ts";
export { type AudioLimits, defaultAudioLimits } from "./decode/audio-limits.ts";
export { type DecodedRecording, decodeAudio } from "./decode/decode-audio.ts";
export type { ClapCrop, FusionFrames } from "./front-end/clap-crop.ts";
export { type ClapFeatures, ClapFrontEnd } from "./front-end/clap-front-end.ts";
export { type ClapSettings, clapSettings } from "./front-end/clap-settings.ts";
export {
  type PartialUtterances,
  ResemblyzerFrontEnd,
  type ResemblyzerSettings,
  resemblyzerSettings,
} from "./front-end/resemblyzer-front-end.ts";
export {
  ecapaSettings,
  type MelFrames,
  SpeechBrainFrontEnd,
  type SpeechBrainSettings,
} from "./front-end/speechbrain-front-end.ts";
export { type LogMel, WhisperFrontEnd, type WhisperSettings, whisperSettings } from "./front-end/whisper-front-end.ts";
export {
  type AudioPreprocessing,
  audioPreprocessing,
  audioPreprocessingSchema,
  type WhisperPreprocessing,
} from "./preprocessing/audio-preprocessing.ts";
export { mixToMono } from "./signal/mono.ts";
export { checkSampleRate, checkSamples, type Recording } from "./signal/recording.ts";
export {
  overlappingWindows,
  plainWindows,
  type RecordingWindow,
  type WindowOptions,
} from "./signal/recording-windows.ts";
export { resample } from "./signal/resample.ts";
export { createFft } from "./spectrum/fft.ts";
export type { Fft } from "./spectrum/fft-of-one-size.ts";
export { type FrameOptions, frameCount } from "./spectrum/frame-layout.ts";
export { inverseStft } from "./spectrum/inverse-stft.ts";
export { type MelFilterOptions, type MelFilters, melFilters } from "./spectrum/mel-filters.ts";
export { MelPower, type MelPowerSink } from "./spectrum/mel-power.ts";
export { hertzToMel, type MelScale, melToHertz } from "./spectrum/mel-scale.ts";
export { type Spectrogram, stft } from "./spectrum/stft.ts";
export { type WindowName, type WindowShape, windowWeights } from "./spectrum/window-function.ts";
