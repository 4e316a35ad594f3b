import { type LoadContext, ModelLoaderBase, type TaskMethods } from "@menagerie/core/loader";
import { transcribeRecording } from "./transcribe-recording.ts";
import { WhisperModel } from "./whisper-model.ts";

/** Whisper in the layout of its public conversions: `encoder_model` and a decoder that is merged or split. */
export class WhisperLoader extends ModelLoaderBase<WhisperModel> {
  protected override readonly tasks: TaskMethods<WhisperModel> = {
    "transcribe-audio": (model, input, call) => this.#inTurn(() => transcribeRecording(model, input, call)),
  };
  #last: Promise<unknown> = Promise.resolve();

  protected override open(context: LoadContext): Promise<WhisperModel> {
    return WhisperModel.open(context);
  }

  /** One recording at a time: the memory that a spec declares is that of one. */
  #inTurn<Answer>(run: () => Promise<Answer>): Promise<Answer> {
    const answer = this.#last.then(run);
    this.#last = answer.catch(() => {});
    return answer;
  }
}
