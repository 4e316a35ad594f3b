import type { TranscribeAudioInput, TranscribeAudioOutput } from "@menagerie/core";
import type { TaskCall } from "@menagerie/core/loader";
import { chunksRequestOf } from "./chunks/chunks-request.ts";
import { transcribeChunks } from "./chunks/transcribe-chunks.ts";
import { type HeardRecording, hearSound, readSound, type Sound, speechOf } from "./hear-recording.ts";
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
  if (inChunks !== undefined) {
    const { sound, speech } = await soundToHear(model, input, signal);
    return { ...(await transcribeChunks(model, sound, { ...inChunks, signal, onPart })), ...speech };
  }
  const { recording, speech } = await recordingToHear(model, input, signal);
  const transcript = await transcribe(model, recording, { ...request, signal, onPart });
  return { ...answerOf(model, transcript, request.timestamps), ...speech };
}

/** What is heard, and where it is where speech was asked for. */
interface ToHear {
  readonly sound: Sound;
  readonly speech: Pick<TranscribeAudioOutput, "speech">;
}

async function soundToHear(model: WhisperModel, input: TranscribeAudioInput, signal: AbortSignal): Promise<ToHear> {
  const wanted = speechOptionsOf(input);
  const whole = await readSound(model.frontEnd, input.audio);
  if (wanted === undefined) return { sound: whole, speech: {} };
  const spans = await findSpeech(model, whole.samples, wanted, signal);
  const speech = spans.map(({ start, end }) => ({ start: start / speechRate, end: end / speechRate }));
  return { sound: speechOf(whole, spans, wanted), speech: { speech } };
}

/** Its samples, which are as large as its features, are let go. */
async function recordingToHear(
  model: WhisperModel,
  input: TranscribeAudioInput,
  signal: AbortSignal,
): Promise<Omit<ToHear, "sound"> & { readonly recording: HeardRecording }> {
  const { sound, speech } = await soundToHear(model, input, signal);
  return { recording: hearSound(model.frontEnd, sound), speech };
}
