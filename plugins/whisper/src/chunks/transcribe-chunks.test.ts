import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TranscribeAudioInput, TranscribeAudioPart } from "@menagerie/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadWhisperModel, type WhisperRecognizer } from "../load-whisper-model.ts";

const fixtures = fileURLToPath(new URL("../../fixtures", import.meta.url));
const bytesOf = async (name: string): Promise<Uint8Array> =>
  new Uint8Array(await readFile(join(fixtures, "recordings", `${name}.wav`)));

/** What the pipeline of transformers answered; tools/export/whisper/chunk_references.py made it. */
type Answers = Record<
  string,
  Record<
    string,
    {
      input: Omit<TranscribeAudioInput, "audio">;
      text: string;
      segments: { text: string; start: number | null; end: number | null }[];
    }
  >
>;

describe("a recording in chunks", () => {
  let whisper: WhisperRecognizer;
  let answers: Answers;
  beforeAll(async () => {
    whisper = await loadWhisperModel(join(fixtures, "attended"));
    answers = JSON.parse(await readFile(join(fixtures, "chunks", "answers.json"), "utf8")) as Answers;
  });
  afterAll(() => whisper[Symbol.asyncDispose]());

  test.each(["long", "moment", "noise", "silence", "voice"])("%s has the pipeline's text and times", async (name) => {
    const audio = await bytesOf(name);
    const seconds = (audio.length - 44) / 2 / 16_000;
    const ways = Object.entries(answers[name] ?? {});
    expect(ways.length).toBe(6);
    for (const [way, { input, text, segments }] of ways) {
      const parts: TranscribeAudioPart[] = [];
      const call = { signal: new AbortController().signal, onPart: (part: TranscribeAudioPart) => parts.push(part) };
      const answer = await whisper.transcribe(audio, input, call);
      expect(answer.text, way).toBe(text);
      // What the model told no time of begins with the end before it and ends with the recording, beyond which nothing is.
      const expected = segments.map((segment, i) => ({
        text: segment.text,
        start: Math.min(segment.start ?? segments[i - 1]?.end ?? 0, seconds),
        end: Math.min(segment.end ?? seconds, seconds),
      }));
      expect(answer.segments, way).toEqual(expected);
      if (input.timestamps === false) expect(parts.map((part) => part.text).join(""), way).toBe(text);
      else expect(parts, way).toEqual(expected);
      expect(answer.language_probability === undefined, way).toBe(input.language !== undefined);
    }
  });

  test.each([
    ["words", { word_timestamps: true }, /word_timestamps is for windows that are heard one after the other/],
    ["temperatures", { temperature: [0, 0.2] }, /temperature is for windows/],
    ["a first text", { initial_prompt: "ask" }, /initial_prompt is for windows/],
    ["parts", { clip_timestamps: [0, 0.5] }, /clip_timestamps is for windows/],
    ["chunks longer than a window", { chunk_length_s: 3 }, /chunk_length_s is 3, but the model hears 2 s at a time/],
    ["strides of a whole chunk", { stride_length_s: [0.6] }, /stride_length_s 0\.6,0\.6 leaves 0 s to each chunk/],
    ["more side by side than declared", { batch_size: 17 }, /batch_size is 17.* declared for 16 at a time/],
    ["an unknown language", { language: "tlh" }, /does not know the language/],
  ])("refuses %s", async (_what, asked, message) => {
    await expect(whisper.transcribe(await bytesOf("voice"), { chunk_length_s: 1.2, ...asked })).rejects.toMatchObject({
      code: "input_invalid",
      message: expect.stringMatching(message),
    });
  });

  test.each(["stride_length_s", "batch_size"])("refuses %s where there are no chunks", async (field) => {
    const asked = { [field]: field === "batch_size" ? 2 : [0.1] };
    await expect(whisper.transcribe(await bytesOf("voice"), asked)).rejects.toMatchObject({
      code: "input_invalid",
      message: `${field} is about chunks: it needs chunk_length_s.`,
    });
  });

  test("ends where the caller gives up", async () => {
    const controller = new AbortController();
    const onPart = (): void => controller.abort();
    const asked = { chunk_length_s: 1.2, max_new_tokens: 12 };
    const call = { signal: controller.signal, onPart };
    await expect(whisper.transcribe(await bytesOf("long"), asked, call)).rejects.toMatchObject({ code: "cancelled" });
  });
});
