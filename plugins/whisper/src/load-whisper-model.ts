import type { ModelSpec, TranscribeAudioInput, TranscribeAudioOutput } from "@menagerie/core";
import type { TaskCall } from "@menagerie/core/loader";
import { type CheckpointFamily, type LoadCheckpointOptions, loadCheckpoint } from "@menagerie/onnx";
import { adoptWhisper } from "./adopt-whisper.ts";
import { WhisperLoader } from "./whisper-loader.ts";

/** A Whisper that a function gave, for code that has no zoo. It runs in the calling process, and blocks it while it works. */
export interface WhisperRecognizer extends AsyncDisposable {
  readonly spec: ModelSpec;
  /** @param audio the bytes of a file */
  transcribe(
    audio: Uint8Array,
    options?: Omit<TranscribeAudioInput, "audio">,
    call?: TaskCall<"transcribe-audio">,
  ): Promise<TranscribeAudioOutput>;
}

/** Loads the Whisper in a folder of the public layout: the functional form of WhisperLoader. */
export async function loadWhisperModel(path: string, options?: LoadCheckpointOptions): Promise<WhisperRecognizer> {
  const { spec, loader } = await loadCheckpoint(path, whisper, options);
  return {
    spec,
    transcribe: (audio, asked = {}, call) => loader.run("transcribe-audio", { ...asked, audio }, call),
    [Symbol.asyncDispose]: () => loader.unload(),
  };
}

const whisper: CheckpointFamily = {
  adopt: adoptWhisper,
  loader: WhisperLoader,
  declared: {
    model_name: "whisper",
    role: "speech_recognition",
    tasks: ["transcribe-audio"],
    loader: "whisper",
  },
};
