import type { TranscribeAudioInput, TranscribeAudioOutput } from "@menagerie/core";
import { type FunctionalForm, type FunctionalModel, functionalForm, type TaskCall } from "@menagerie/core/loader";
import { onnxProvider } from "@menagerie/onnx";
import { adoptWhisper } from "./adopt-whisper.ts";
import { WhisperLoader } from "./whisper-loader.ts";

/** A Whisper that a function gave, for code that has no zoo. It runs in the calling process, and blocks it while it works. */
export interface WhisperRecognizer extends FunctionalModel {
  /** @param audio the bytes of a file */
  transcribe(
    audio: Uint8Array,
    options?: Omit<TranscribeAudioInput, "audio">,
    call?: TaskCall<"transcribe-audio">,
  ): Promise<TranscribeAudioOutput>;
}

/** Loads the Whisper in a folder of the public layout: the functional form of WhisperLoader. */
export const loadWhisperModel: FunctionalForm<WhisperRecognizer> = functionalForm(
  {
    adopt: adoptWhisper,
    loader: WhisperLoader,
    engines: [onnxProvider],
    declared: { model_name: "whisper", role: "speech_recognition", tasks: ["transcribe-audio"], loader: "whisper" },
  },
  ({ loader }): Omit<WhisperRecognizer, keyof FunctionalModel> => ({
    transcribe: (audio, asked = {}, call) => loader.run("transcribe-audio", { ...asked, audio }, call),
  }),
);
