import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TranscribeAudioInput, TranscribeAudioPart } from "@menagerie/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadWhisperModel, type WhisperRecognizer } from "./load-whisper-model.ts";

const fixtures = fileURLToPath(new URL("../fixtures", import.meta.url));

interface Word {
  word: string;
  start: number;
  end: number;
  probability: number;
}

interface Answer {
  input: Omit<TranscribeAudioInput, "audio">;
  language: string;
  segments: {
    start: number;
    end: number;
    text: string;
    temperature: number;
    avg_logprob: number;
    compression_ratio: number;
    no_speech_prob: number;
    words?: Word[];
  }[];
}

/** What openai/whisper answered; tools/export/whisper/openai_references.py made it. */
interface Reference {
  recordings: Record<string, { languages: Record<string, number>; answers: Record<string, Answer> }>;
}

const names = ["noise", "silence", "stereo", "voice", "long"];
const bytesOf = async (name: string): Promise<Uint8Array> =>
  new Uint8Array(await readFile(join(fixtures, "recordings", `${name}.wav`)));

describe("a tiny Whisper with attentions hears what openai/whisper hears", () => {
  let whisper: WhisperRecognizer;
  let reference: Reference;
  beforeAll(async () => {
    whisper = await loadWhisperModel(join(fixtures, "attended"));
    reference = JSON.parse(await readFile(join(fixtures, "attended", "openai.json"), "utf8")) as Reference;
  });
  afterAll(() => whisper[Symbol.asyncDispose]());

  test.each(names)("texts, times, words and figures of %s are the same, however it is asked", async (name) => {
    const audio = await bytesOf(name);
    const seconds = (audio.length - 44) / (name === "stereo" ? 4 * 44_100 : 2 * 16_000);
    const recording = reference.recordings[name];
    const answers = Object.entries(recording?.answers ?? {});
    expect(answers.length).toBeGreaterThan(5);
    for (const [way, { input, language, segments }] of answers) {
      const parts: TranscribeAudioPart[] = [];
      const call = { signal: new AbortController().signal, onPart: (part: TranscribeAudioPart) => parts.push(part) };
      const answer = await whisper.transcribe(audio, input, call);
      expect(answer.language, way).toBe(language);
      if (input.language === undefined)
        expect(answer.language_probability, way).toBeCloseTo(recording?.languages[language] ?? 0, 5);
      else expect(answer, way).not.toHaveProperty("language_probability");
      expect(answer.segments.length, way).toBe(segments.length);
      expect(parts, way).toEqual(
        answer.segments.map(({ text, start, end, words }) => ({ text, start, end, ...(words && { words }) })),
      );
      for (const [i, expected] of segments.entries()) {
        const told = answer.segments[i];
        const at = `${way}, segment ${i}`;
        // openai/whisper takes the text of a segment away that begins and ends at once.
        if (expected.text !== "") expect(told?.text, at).toBe(expected.text);
        // It counts whole hundredths of a second, and lets times be later than the recording's end.
        expect(told?.start, at).toBeCloseTo(Math.min(expected.start, seconds), 2);
        expect(told?.end, at).toBeCloseTo(Math.min(expected.end, seconds), 2);
        expect(told?.end, at).toBeLessThanOrEqual(seconds);
        expect(told?.temperature, at).toBe(expected.temperature);
        expect(told?.compression_ratio, at).toBeCloseTo(expected.compression_ratio, 6);
        expect(told?.avg_logprob, at).toBeCloseTo(expected.avg_logprob, 4);
        expect(told?.no_speech_prob, at).toBeCloseTo(expected.no_speech_prob, 5);
        if (expected.words === undefined || expected.text === "") continue;
        expect(
          told?.words?.map(({ word }) => word),
          at,
        ).toEqual(expected.words.map(({ word }) => word));
        for (const [j, word] of expected.words.entries()) {
          expect(told?.words?.[j]?.start, at).toBeCloseTo(Math.min(word.start, seconds), 6);
          expect(told?.words?.[j]?.end, at).toBeCloseTo(Math.min(word.end, seconds), 6);
          expect(told?.words?.[j]?.probability, at).toBeCloseTo(word.probability, 4);
        }
      }
    }
  });

  test("what is drawn is the same for the same seed, and another for another", async () => {
    const audio = await bytesOf("voice");
    const drawn = { temperature: [1], max_new_tokens: 22 };
    const first = await whisper.transcribe(audio, { ...drawn, seed: 1 });
    expect(await whisper.transcribe(audio, { ...drawn, seed: 1 })).toEqual(first);
    expect(await whisper.transcribe(audio, { ...drawn, seed: 2 })).not.toEqual(first);
    expect(first.segments.map(({ temperature }) => temperature)).toEqual(first.segments.map(() => 1));
  });

  test("hotwords are shown to every window, the first text to the first alone", async () => {
    const audio = await bytesOf("long");
    const plain = await whisper.transcribe(audio, {});
    const prompted = await whisper.transcribe(audio, { initial_prompt: "the quick brown fox" });
    expect(prompted.segments[0]).not.toEqual(plain.segments[0]);
    const hot = await whisper.transcribe(audio, { hotwords: "the quick brown fox" });
    expect(hot.segments[0]).toEqual(prompted.segments[0]);
    expect(hot).not.toEqual(prompted);
  });

  test("text that was drawn at more than 0.5 is shown to no window after it", async () => {
    const audio = await bytesOf("long");
    const drawn = async (temperature: number, condition_on_previous_text: boolean) =>
      whisper.transcribe(audio, { temperature: [temperature], condition_on_previous_text, max_new_tokens: 22 });
    expect(await drawn(0.6, true)).toEqual(await drawn(0.6, false));
    expect(await drawn(0.5, true)).not.toEqual(await drawn(0.5, false));
  });

  test.each([
    ["words without times", { word_timestamps: true, timestamps: false }, /word_timestamps needs timestamps/],
    [
      "special tokens as a text",
      { initial_prompt: "a <|notimestamps|> b" },
      /"initial_prompt" holds the special token <\|notimestamps\|>/,
    ],
    ["parts after the end", { clip_timestamps: [0, 0.2, 7] }, /starts a part at 7 s, but the recording ends at 0\.9 s/],
    ["parts out of order", { clip_timestamps: [0.4, 0.2] }, /has 0\.2 s after 0\.4 s/],
  ])("refuses %s", async (_what, asked, message) => {
    await expect(whisper.transcribe(await bytesOf("voice"), asked)).rejects.toMatchObject({
      code: "input_invalid",
      message: expect.stringMatching(message),
    });
  });
});

test("words are refused by a model that was exported without attentions, and the remedy is named", async () => {
  await using whisper = await loadWhisperModel(join(fixtures, "english"));
  await expect(whisper.transcribe(await bytesOf("voice"), { word_timestamps: true })).rejects.toMatchObject({
    code: "input_invalid",
    message: expect.stringMatching(/exported without "cross_attentions".*tools\/export\/whisper\.py --words/),
  });
});
