import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TranscribeAudioInput, TranscribeAudioPart } from "@menagerie/core";
import { removeFolder } from "@menagerie/core/loader";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadWhisperModel, type WhisperRecognizer } from "../load-whisper-model.ts";
import { type SpeechSpan, speechSpans } from "./speech-spans.ts";

const fixtures = fileURLToPath(new URL("../../fixtures", import.meta.url));
const names = ["long", "moment", "noise", "silence", "voice"];
const bytesOf = async (name: string): Promise<Uint8Array> =>
  new Uint8Array(await readFile(join(fixtures, "recordings", `${name}.wav`)));

interface Asked {
  threshold?: number;
  neg_threshold?: number;
  min_speech_duration_ms?: number;
  max_speech_duration_s?: number;
  min_silence_duration_ms?: number;
  speech_pad_ms?: number;
}

interface Told {
  start: number;
  end: number;
  text: string;
  words: { word: string; start: number; end: number; probability: number }[];
}

/** What faster-whisper found with a graph of its Silero's tensors; tools/export/whisper/tiny_speech.py made it. */
interface Reference {
  recordings: Record<
    string,
    {
      frames: number[];
      streaming: number[];
      spans: Record<string, { asked: Asked; spans: SpeechSpan[]; segments?: Told[]; "with words"?: Told[] }>;
      repeated: { times: number; spans: SpeechSpan[] };
    }
  >;
}

const fields = (asked: Asked): Omit<TranscribeAudioInput, "audio"> => ({
  vad: true,
  vad_threshold: asked.threshold,
  vad_neg_threshold: asked.neg_threshold,
  vad_min_speech_ms: asked.min_speech_duration_ms,
  vad_max_speech_s: asked.max_speech_duration_s,
  vad_min_silence_ms: asked.min_silence_duration_ms,
  vad_speech_pad_ms: asked.speech_pad_ms,
});
const inSeconds = (spans: readonly SpeechSpan[]): SpeechSpan[] =>
  spans.map(({ start, end }) => ({ start: start / 16_000, end: end / 16_000 }));

describe("speech is found before it is heard", () => {
  let folder: string;
  let reference: Reference;
  let whisper: WhisperRecognizer;
  const withGraph = async (graph: string): Promise<WhisperRecognizer> => {
    const model = join(folder, graph);
    await cp(join(fixtures, "attended"), model, { recursive: true });
    await cp(join(fixtures, "speech", `${graph}.onnx`), join(model, `${graph}.onnx`));
    return loadWhisperModel(model);
  };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "menagerie-speech-"));
    reference = JSON.parse(await readFile(join(fixtures, "speech", "speech.json"), "utf8")) as Reference;
    whisper = await withGraph("silero_vad_frames");
  });
  afterAll(async () => {
    await whisper[Symbol.asyncDispose]();
    await removeFolder(folder);
  });

  test.each(names)("where speech is in %s, faster-whisper says it too, however it is asked", async (name) => {
    const audio = await bytesOf(name);
    for (const [way, { asked, spans }] of Object.entries(reference.recordings[name]?.spans ?? {})) {
      const { speech } = await whisper.transcribe(audio, { ...fields(asked), max_new_tokens: 1, timestamps: false });
      expect(speech, way).toEqual(inSeconds(spans));
    }
  });

  test.each(names)("texts, times and words of the speech in %s are where they were spoken", async (name) => {
    const audio = await bytesOf(name);
    for (const way of ["usual", "short silences"]) {
      const expected = reference.recordings[name]?.spans[way];
      const last = (expected?.spans.at(-1)?.end ?? 0) / 16_000;
      for (const words of [false, true]) {
        const parts: TranscribeAudioPart[] = [];
        const call = { signal: new AbortController().signal, onPart: (part: TranscribeAudioPart) => parts.push(part) };
        const asked = { ...fields(expected?.asked ?? {}), word_timestamps: words, max_new_tokens: 22 };
        const answer = await whisper.transcribe(audio, asked, call);
        const segments = expected?.[words ? "with words" : "segments"] ?? [];
        expect(answer.segments.length, way).toBe(segments.length);
        for (const [i, { start, end, text, words: spoken }] of segments.entries()) {
          const told = answer.segments[i];
          // openai/whisper takes the text of a segment away that begins and ends at once.
          if (text !== "") expect(told?.text, way).toBe(text);
          // No time is beyond the speech; those at its very end are told in hundredths.
          expect(told?.start, way).toBeCloseTo(Math.min(start, last), 2);
          expect(told?.end, way).toBeCloseTo(Math.min(end, last), 2);
          expect(told?.end, way).toBeLessThanOrEqual(last);
          expect(parts[i], way).toMatchObject({ start: told?.start, end: told?.end, text: told?.text });
          if (text === "") continue;
          for (const [j, word] of spoken.entries()) {
            expect(told?.words?.[j]?.word, way).toBe(word.word);
            expect(told?.words?.[j]?.start, way).toBeCloseTo(Math.min(word.start, last), 2);
            expect(told?.words?.[j]?.end, way).toBeCloseTo(Math.min(word.end, last), 2);
            expect(told?.words?.[j]?.probability, way).toBeCloseTo(word.probability, 4);
          }
        }
      }
    }
  });

  test("a recording without speech is silent, in windows and in chunks, and no language is made up", async () => {
    const silence = await bytesOf("silence");
    expect((await whisper.transcribe(silence, {})).segments).not.toEqual([]);
    const nothing = { text: "", segments: [], speech: [] };
    expect(await whisper.transcribe(silence, { vad: true })).toEqual(nothing);
    expect(await whisper.transcribe(silence, { vad: true, chunk_length_s: 1.2 })).toEqual(nothing);
    expect(await whisper.transcribe(silence, { vad: true, language: "de" })).toEqual({ ...nothing, language: "de" });
    await expect(whisper.transcribe(silence, { vad: true, language: "tlh" })).rejects.toMatchObject({
      code: "input_invalid",
    });
  });

  test("speech to the end of a recording at another rate ends with its last sample at 16 kHz, as in faster-whisper", async () => {
    // decode_audio gives 11,615 samples of 8,003 at 11,025 Hz, and get_speech_timestamps with a threshold of 0 all of them.
    const audio = new Uint8Array(44 + 2 * 8003);
    audio.set((await bytesOf("voice")).subarray(0, audio.length));
    const view = new DataView(audio.buffer);
    view.setUint32(4, audio.length - 8, true);
    view.setUint32(24, 11_025, true);
    view.setUint32(28, 2 * 11_025, true);
    view.setUint32(40, audio.length - 44, true);
    const { speech } = await whisper.transcribe(audio, { vad: true, vad_threshold: 0, max_new_tokens: 1 });
    expect(speech).toEqual(inSeconds([{ start: 0, end: 11_615 }]));
  });

  test("speech is heard in chunks too", async () => {
    const audio = await bytesOf("long");
    const { asked, spans } = reference.recordings.long?.spans["short silences"] ?? { asked: {}, spans: [] };
    const answer = await whisper.transcribe(audio, { ...fields(asked), chunk_length_s: 1.2, max_new_tokens: 12 });
    expect(answer.speech).toEqual(inSeconds(spans));
    expect(answer.segments.length).toBeGreaterThan(0);
    for (const { start, end } of answer.segments) {
      expect(spans.some((span) => start >= span.start / 16_000 - 0.01 && start <= span.end / 16_000 + 0.01)).toBe(true);
      expect(end).toBeLessThanOrEqual((spans.at(-1)?.end ?? 0) / 16_000);
    }
  });

  test("a graph that takes one frame after the other remembers what came before", async () => {
    await using streaming = await withGraph("silero_vad_streaming");
    for (const name of names) {
      const audio = await bytesOf(name);
      const expected = reference.recordings[name]?.streaming ?? [];
      const spans = speechSpans(Float32Array.from(expected), (audio.length - 44) / 2, { minSilenceMs: 100 });
      const { speech } = await streaming.transcribe(audio, { vad: true, vad_min_silence_ms: 100, max_new_tokens: 1 });
      expect(speech).toEqual(inSeconds(spans));
    }
  });

  test("what a graph remembers goes from one run to the next of a long recording", async () => {
    const audio = await bytesOf("voice");
    const { times, spans } = reference.recordings.voice?.repeated ?? { times: 0, spans: [] };
    const samples = audio.subarray(44);
    const many = new Uint8Array(44 + times * samples.length);
    many.set(audio.subarray(0, 44));
    for (let i = 0; i < times; i++) many.set(samples, 44 + i * samples.length);
    const view = new DataView(many.buffer);
    view.setUint32(4, many.length - 8, true);
    view.setUint32(40, many.length - 44, true);
    const asked = { vad: true, vad_min_silence_ms: 100, vad_speech_pad_ms: 30, vad_max_speech_s: 3600 };
    const { speech } = await whisper.transcribe(many, { ...asked, max_new_tokens: 1, timestamps: false });
    expect(speech).toEqual(inSeconds(spans));
  });

  test.each([
    ["a threshold alone", { vad_threshold: 0.4 }, /vad_threshold says how speech is found: it needs vad/],
    ["parts besides", { vad: true, clip_timestamps: [0, 1] }, /clip_timestamps and vad both say what is heard/],
  ])("refuses %s", async (_what, asked, message) => {
    await expect(whisper.transcribe(await bytesOf("voice"), asked)).rejects.toMatchObject({
      code: "input_invalid",
      message: expect.stringMatching(message),
    });
  });

  test("a model whose spec has no such graph refuses, and names the remedy", async () => {
    await using plain = await loadWhisperModel(join(fixtures, "attended"));
    await expect(plain.transcribe(await bytesOf("voice"), { vad: true })).rejects.toMatchObject({
      code: "input_invalid",
      message: expect.stringMatching(/has no graph "vad"\. Put a Silero.*adopt it anew/),
    });
  });

  test("a file of that name with other tensors is refused by name", async () => {
    const model = join(folder, "other");
    await cp(join(fixtures, "attended"), model, { recursive: true });
    await cp(join(fixtures, "attended", "onnx", "encoder_model.onnx"), join(model, "onnx", "silero_vad.onnx"));
    await expect(loadWhisperModel(model)).rejects.toMatchObject({
      code: "checkpoint_invalid",
      message: expect.stringMatching(
        /onnx\/silero_vad\.onnx: takes input_features; .*Silero of version 5 or 6 was expected/,
      ),
    });
    await cp(join(fixtures, "speech", "silero_vad_streaming.onnx"), join(model, "silero_vad_streaming.onnx"));
    await using found = await loadWhisperModel(model);
    expect(found.spec.local_artifacts).toContainEqual(
      expect.objectContaining({ name: "vad", path: "silero_vad_streaming.onnx" }),
    );
    await rm(model, { recursive: true });
  });
});
