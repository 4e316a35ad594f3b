import type { TaskCall, TranscribeAudioInput, TranscribeAudioOutput } from "@menagerie/core";
import { chunksRequestOf } from "./chunks/chunks-request.ts";
import { transcribeChunks } from "./chunks/transcribe-chunks.ts";
import { hearSound, readSound, speechOf } from "./hear-recording.ts";
import { findSpeech } from "./speech/find-speech.ts";
import { speechOptionsOf } from "./speech/speech-request.ts";
import { speechRate } from "./speech/speech-spans.ts";
import { transcribe } from "./transcribe.ts";
import { requestOf } from "./transcribe-request.ts";
import { answerOf } from "./transcript-answer.ts";
import type { WhisperModel } from "./whisper-model.ts";

/** Answers the task: finds speech where that is asked for, hears it window by window or in chunks, and says what was found. */
export async function transcribeRecording(
  model: WhisperModel,
  input: TranscribeAudioInput,
  { signal, onPart }: TaskCall<"transcribe-audio">,
): Promise<TranscribeAudioOutput> {
  const request = requestOf(input);
  const inChunks = chunksRequestOf(input, model.spec);
  const wanted = speechOptionsOf(input);
  const whole = await readSound(model.frontEnd, input.audio);
  const spans = wanted && (await findSpeech(model, whole.samples, wanted, signal));
  const sound = wanted && spans ? speechOf(whole, spans, wanted) : whole;
  const answer =
    inChunks === undefined
      ? answerOf(
          model,
          await transcribe(model, hearSound(model.frontEnd, sound), { ...request, signal, onPart }),
          request.timestamps,
        )
      : await transcribeChunks(model, sound, { ...inChunks, signal, onPart });
  const speech = spans?.map(({ start, end }) => ({ start: start / speechRate, end: end / speechRate }));
  return { ...answer, ...(speech === undefined ? {} : { speech }) };
}
