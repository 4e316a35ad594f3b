import {
  type LoadContext,
  ModelLoaderBase,
  type TaskCall,
  type TaskMethods,
  type TranscribeAudioInput,
  type TranscribeAudioOutput,
} from "@menagerie/core";
import { hearRecording } from "./hear-recording.ts";
import { transcribe } from "./transcribe.ts";
import { WhisperModel } from "./whisper-model.ts";

/** Whisper in the layout of its public conversions: `encoder_model` and a decoder that is merged or split. */
export class WhisperLoader extends ModelLoaderBase<WhisperModel> {
  protected override readonly tasks: TaskMethods<WhisperModel> = {
    "transcribe-audio": (model, input, call) => this.#inTurn(() => this.#transcribe(model, input, call)),
  };
  #last: Promise<unknown> = Promise.resolve();

  protected override open(context: LoadContext): Promise<WhisperModel> {
    return WhisperModel.open(context);
  }

  async #transcribe(
    model: WhisperModel,
    { audio, language, translate, timestamps = true, num_beams, max_new_tokens }: TranscribeAudioInput,
    { signal, onPart }: TaskCall<"transcribe-audio">,
  ): Promise<TranscribeAudioOutput> {
    const request = { language, translate, timestamps, numBeams: num_beams, maxNewTokens: max_new_tokens };
    const transcript = await transcribe(model, await hearRecording(model.frontEnd, audio), {
      ...request,
      signal,
      onPart,
    });
    const { languages } = model.files.layout;
    const spoken = [...languages].find(([, id]) => id === transcript.language)?.[0];
    return {
      text: model.text(transcript.segments.flatMap(({ ids }) => ids)),
      ...(spoken === undefined ? {} : { language: spoken }),
      segments: timestamps
        ? transcript.segments.map(({ start, end, ids }) => ({ start, end, text: model.text(ids) }))
        : [],
    };
  }

  /** One recording at a time: the memory that a spec declares is that of one. */
  #inTurn<Answer>(run: () => Promise<Answer>): Promise<Answer> {
    const answer = this.#last.then(run);
    this.#last = answer.catch(() => {});
    return answer;
  }
}
