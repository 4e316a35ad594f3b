import type { TranscribeAudioOutput, TranscribedSegment } from "@menagerie/core";
import type { HeardSegment } from "./hearing.ts";
import type { Transcript } from "./transcribe.ts";
import type { WhisperModel } from "./whisper-model.ts";

/** A transcript as the task's answer. @param timestamps whether segments are wanted */
export function answerOf(model: WhisperModel, transcript: Transcript, timestamps: boolean): TranscribeAudioOutput {
  const { segments, languageProbability } = transcript;
  const spoken = [...model.files.layout.languages].find(([, id]) => id === transcript.language)?.[0];
  return {
    text: model.text(segments.flatMap(({ ids }) => ids)),
    ...(spoken === undefined ? {} : { language: spoken }),
    ...(languageProbability === undefined ? {} : { language_probability: languageProbability }),
    segments: timestamps ? segments.map((segment) => segmentOf(model, segment)) : [],
  };
}

function segmentOf(model: WhisperModel, { start, end, ids, heard, words }: HeardSegment): TranscribedSegment {
  return {
    start,
    end,
    text: model.text(ids),
    avg_logprob: heard.avgLogprob,
    no_speech_prob: heard.noSpeechProb,
    compression_ratio: heard.compressionRatio,
    temperature: heard.temperature,
    ...(words === undefined ? {} : { words }),
  };
}
