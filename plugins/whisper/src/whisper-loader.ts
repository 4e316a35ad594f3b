import type { TranscribeAudioInput, TranscribeAudioOutput } from "@menagerie/core";
import { type LoadContext, ModelLoaderBase, type TaskCall, type TaskMethods } from "@menagerie/core/loader";
import { hearRecording } from "./hear-recording.ts";
import { transcribe } from "./transcribe.ts";
import { requestOf } from "./transcribe-request.ts";
import { answerOf } from "./transcript-answer.ts";
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
    input: TranscribeAudioInput,
    { signal, onPart }: TaskCall<"transcribe-audio">,
  ): Promise<TranscribeAudioOutput> {
    const { timestamps = true } = input;
    const recording = await hearRecording(model.frontEnd, input.audio);
    return answerOf(model, await transcribe(model, recording, { ...requestOf(input), signal, onPart }), timestamps);
  }

  /** One recording at a time: the memory that a spec declares is that of one. */
  #inTurn<Answer>(run: () => Promise<Answer>): Promise<Answer> {
    const answer = this.#last.then(run);
    this.#last = answer.catch(() => {});
    return answer;
  }
}
