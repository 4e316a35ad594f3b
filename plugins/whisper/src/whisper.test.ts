import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  logTo,
  parseModelSpec,
  parseModelSpecs,
  type TranscribeAudioPart,
  type TranscribedSegment,
} from "@menagerie/core";
import { adoptedSpec, CheckpointFolder } from "@menagerie/core/adopt";
import { ArtifactStore, contextFor, removeFolder } from "@menagerie/core/loader";
import { onnxProvider } from "@menagerie/onnx";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { adoptWhisper } from "./adopt-whisper.ts";
import { hearSound, readSound } from "./hear-recording.ts";
import { loadWhisperModel, type WhisperRecognizer } from "./load-whisper-model.ts";
import { wholeTimeline } from "./timeline.ts";
import { transcribe } from "./transcribe.ts";
import { WhisperModel } from "./whisper-model.ts";

const fixtures = fileURLToPath(new URL("../fixtures", import.meta.url));

interface Sampled {
  shape: number[];
  /** Every so many values of the whole. */
  stride: number;
  values: number[];
}

interface Answer {
  input: { language?: string; translate?: boolean; timestamps?: boolean; num_beams?: number; max_new_tokens?: number };
  start: number[];
  ids: number[];
  text: string;
  segments: { start: number; end: number; ids: number[]; text: string }[];
}

/** What transformers answered; tools/export/whisper.py made it. */
interface Reference {
  recordings: Record<string, { features: Sampled; encoder: Sampled; answers: Record<string, Answer> }>;
}

const names = ["moment", "noise", "silence", "stereo", "voice", "long"];
const bytesOf = async (name: string): Promise<Uint8Array> =>
  new Uint8Array(await readFile(join(fixtures, "recordings", `${name}.wav`)));

function farthest({ shape, stride, values }: Sampled, data: Float32Array): number {
  expect(data.length).toBe(shape.reduce((product, size) => product * size, 1));
  return Math.max(...values.map((value, i) => Math.abs(value - (data[i * stride] ?? Number.NaN))));
}

async function openModel(folder: string): Promise<WhisperModel> {
  const [like] = parseModelSpecs(
    parse(await readFile(new URL("../models/whisper-tiny.yaml", import.meta.url), "utf8")),
    "whisper-tiny",
  );
  const spec = parseModelSpec(
    adoptedSpec(await adoptWhisper(new CheckpointFolder(folder), like), like, "tiny"),
    folder,
  );
  const artifacts = new ArtifactStore(spec, folder);
  const providers = [onnxProvider];
  const log = logTo(() => {});
  return WhisperModel.open(contextFor({ spec, device: "cpu", artifacts, log, providers, threads: 1 }));
}

describe.each(["multilingual", "english", "split"])(
  "the tiny Whisper %s hears what transformers hears",
  (checkpoint) => {
    const folder = join(fixtures, checkpoint);
    let reference: Reference;
    let model: WhisperModel;
    let whisper: WhisperRecognizer;
    let cacheDir: string;
    beforeAll(async () => {
      cacheDir = await mkdtemp(join(tmpdir(), "menagerie-whisper-"));
      reference = JSON.parse(await readFile(join(folder, "reference.json"), "utf8")) as Reference;
      model = await openModel(folder);
      whisper = await loadWhisperModel(folder, { cacheDir });
    });
    afterAll(async () => {
      await whisper[Symbol.asyncDispose]();
      await removeFolder(cacheDir);
    });

    test.each(names)("features of %s are within 1e-6, and the encoder's output within 1e-4", async (name) => {
      const expected = reference.recordings[name];
      if (expected === undefined) throw new Error(`no reference of ${name}`);
      const { features } = hearSound(model.frontEnd, await readSound(model.frontEnd, await bytesOf(name)));
      expect([features.mels, features.frames]).toEqual(expected.features.shape);
      expect(farthest(expected.features, features.data)).toBeLessThan(1e-6);
      const { hiddenStates } = await model.encode(model.frontEnd.windowAt(features, 0));
      expect(hiddenStates.shape).toEqual([1, ...expected.encoder.shape]);
      expect(farthest(expected.encoder, hiddenStates.data as Float32Array)).toBeLessThan(1e-4);
    });

    test.each(names)("ids, text and segments of %s are identical, however it is asked", async (name) => {
      const answers = Object.entries(reference.recordings[name]?.answers ?? {});
      expect(answers.length).toBeGreaterThan(2);
      const audio = await bytesOf(name);
      const sound = await readSound(model.frontEnd, audio);
      const recording = hearSound(model.frontEnd, sound);
      const { features } = recording;
      // generate hears the silence that fills a short recording's window up, and times in it.
      const padded = { ...recording, frames: features.frames, timeline: wholeTimeline(Number.POSITIVE_INFINITY) };
      for (const [way, { input, start, ids, text, segments }] of answers) {
        const { timestamps = false, num_beams: numBeams, max_new_tokens: maxNewTokens, ...asked } = input;
        const made = await transcribe(model, padded, { ...asked, timestamps, numBeams, maxNewTokens });
        expect(made.start, way).toEqual(start);
        expect(
          made.segments.map(({ heard: _, ...segment }) => segment),
          way,
        ).toEqual(segments.map(({ text: _, ...segment }) => inHundredths(segment)));
        expect(
          made.segments.flatMap((segment) => segment.ids),
          way,
        ).toEqual(ids);
        const parts: TranscribeAudioPart[] = [];
        const call = { signal: new AbortController().signal, onPart: (part: TranscribeAudioPart) => parts.push(part) };
        const answer = await whisper.transcribe(audio, { ...input, timestamps }, call);
        // Windows that begin in the silence after a recording are not heard here.
        const told = timestamps ? segments.slice(0, answer.segments.length) : segments;
        const isWhole = told.length === segments.length && answer.text === text;
        if (timestamps) expect(answer.text, way).toBe(isWhole ? text : model.text(told.flatMap((part) => part.ids)));
        else expect(text.startsWith(answer.text.replace(/\ufffd+$/, "")), way).toBe(true);
        if (timestamps) expect(parts, way).toEqual(answer.segments.map(spoken));
        else expect(parts.map((part) => part.text).join(""), way).toBe(answer.text);
        const { seconds } = sound;
        const ends = told.map(inHundredths).map((segment) => ({
          start: Math.min(segment.start, seconds),
          end: Math.min(segment.end, seconds),
          text: segment.text,
        }));
        expect(answer.segments.map(spoken), way).toEqual(timestamps ? ends : []);
        const left = timestamps ? segments.slice(told.length) : [];
        for (const segment of left) expect(segment.start, way).toBeGreaterThanOrEqual(seconds);
        const { isMultilingual, languages } = model.files.layout;
        expect(answer.language, way).toBe(
          isMultilingual ? [...languages].find(([, id]) => id === start[1])?.[0] : undefined,
        );
      }
    });
  },
);

describe("a Whisper", () => {
  let whisper: WhisperRecognizer;
  beforeAll(async () => {
    whisper = await loadWhisperModel(join(fixtures, "multilingual"));
  });
  afterAll(() => whisper[Symbol.asyncDispose]());

  test("hears a long recording with times, and leaves the segments out where none are wanted", async () => {
    const audio = await bytesOf("long");
    const { text } = await whisper.transcribe(audio);
    expect(await whisper.transcribe(audio, { timestamps: false })).toMatchObject({ text, segments: [] });
  });

  test("takes a language by its code, by its name and in any case", async () => {
    const audio = await bytesOf("voice");
    const french = await whisper.transcribe(audio, { language: "fr" });
    expect(french.language).toBe("fr");
    for (const language of ["French", "FR"]) expect(await whisper.transcribe(audio, { language })).toEqual(french);
    expect(await whisper.transcribe(audio, { language: "Hawaiian" })).toMatchObject({ language: "haw" });
  });

  test("answers recordings that come together as if they came alone", async () => {
    const recordings = await Promise.all(["voice", "noise", "stereo"].map(bytesOf));
    const together = await Promise.all(recordings.map((audio) => whisper.transcribe(audio)));
    for (const [i, audio] of recordings.entries()) expect(await whisper.transcribe(audio)).toEqual(together[i]);
  });

  test("tells what it has heard before it has heard the rest", async () => {
    const audio = await bytesOf("long");
    const { segments } = await whisper.transcribe(audio);
    const caller = new AbortController();
    const parts: TranscribeAudioPart[] = [];
    const onPart = (part: TranscribeAudioPart): void => {
      parts.push(part);
      caller.abort();
    };
    await expect(whisper.transcribe(audio, {}, { signal: caller.signal, onPart })).rejects.toMatchObject({
      code: "cancelled",
    });
    expect(parts.length).toBeLessThan(segments.length);
    expect(parts).toEqual(segments.slice(0, parts.length).map(spoken));
  });

  test("tells a short text without times piece by piece", async () => {
    const parts: TranscribeAudioPart[] = [];
    const call = { signal: new AbortController().signal, onPart: (part: TranscribeAudioPart) => parts.push(part) };
    const { text } = await whisper.transcribe(await bytesOf("voice"), { timestamps: false }, call);
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.map((part) => part.text).join("")).toBe(text);
  });

  test("stops between two steps when nobody waits any more, and hears the next one", async () => {
    const caller = new AbortController();
    const audio = await bytesOf("long");
    const stopped = whisper.transcribe(audio, {}, { signal: caller.signal });
    const next = whisper.transcribe(await bytesOf("voice"));
    setTimeout(() => caller.abort(), 5);
    await expect(stopped).rejects.toMatchObject({ code: "cancelled" });
    await expect(next).resolves.toMatchObject({ language: expect.any(String) });
  });

  const refused: [string, Uint8Array | undefined, object, string, RegExp][] = [
    ["a file without a sample", emptyWav(), {}, "audio_undecodable", /no samples/],
    ["what is no recording", new TextEncoder().encode("hello"), {}, "audio_undecodable", /./],
    ["a language that is none", undefined, { language: "klingon" }, "input_invalid", /It knows: en, fr, de, haw\./],
    [
      "a language of other models",
      undefined,
      { language: "thai" },
      "input_invalid",
      /does not know the language "thai"/,
    ],
    [
      "more tokens than it can hold",
      undefined,
      { max_new_tokens: 39, language: "en" },
      "input_invalid",
      /holds 40 tokens, of which 3 open the text\. Ask for at most 37/,
    ],
  ];
  test.each(refused)("refuses %s", async (_what, audio, asked, code, message) => {
    const answer = whisper.transcribe(audio ?? (await bytesOf("voice")), asked);
    await expect(answer).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });
});

test("a Whisper of English alone takes neither a language nor a translation", async () => {
  await using whisper = await loadWhisperModel(join(fixtures, "english"));
  const audio = await bytesOf("voice");
  for (const asked of [{ language: "en" }, { translate: true }])
    await expect(whisper.transcribe(audio, asked)).rejects.toMatchObject({ code: "input_invalid" });
  await expect(whisper.transcribe(audio, { translate: false })).resolves.not.toHaveProperty("language");
});

/** Times as they are meant: the reference adds up hundredths of seconds that it cannot write. */
function inHundredths<Segment extends { start: number; end: number }>(segment: Segment): Segment {
  const rounded = (seconds: number): number => Math.round(seconds * 100) / 100;
  return { ...segment, start: rounded(segment.start), end: rounded(segment.end) };
}

/** What is said, and when. */
function spoken({ text, start, end }: TranscribedSegment): TranscribeAudioPart {
  return { text, start, end };
}

/** RIFF header of 16-bit mono at 16 kHz, and nothing after it. */
function emptyWav(): Uint8Array {
  const wav = Buffer.alloc(44);
  wav.write("RIFF", 0);
  wav.writeUInt32LE(36, 4);
  wav.write("WAVEfmt ", 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(16_000, 24);
  wav.writeUInt32LE(32_000, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write("data", 36);
  return wav;
}
