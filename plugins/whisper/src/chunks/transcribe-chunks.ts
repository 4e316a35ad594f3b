import type { LogMel } from "@menagerie/audio";
import type { TranscribeAudioOutput, TranscribeAudioPart } from "@menagerie/core";
import { type DetectedLanguage, detectLanguages } from "../detect-language.ts";
import type { Sound } from "../hear-recording.ts";
import { LengthLimits, type LengthWanted } from "../length-limits.ts";
import { SeekGuard } from "../seek-guard.ts";
import { cutSegments } from "../segments.ts";
import { type Question, startTokens } from "../start-tokens.ts";
import { throwIfCancelled } from "../throw-if-cancelled.ts";
import { languageIn } from "../token-layout.ts";
import type { WhisperModel } from "../whisper-model.ts";
import { hearWindows } from "../window-text.ts";
import { ChunkJoiner, type JoinedPart } from "./chunk-joiner.ts";
import { type Chunk, type ChunksWanted, chunksOf } from "./chunk-plan.ts";

export interface ChunksRequest extends Question, LengthWanted {
  readonly chunks: ChunksWanted;
  /** Chunks that are heard side by side. */
  readonly batchSize: number;
  readonly signal?: AbortSignal | undefined;
  readonly onPart?: ((part: TranscribeAudioPart) => unknown) | undefined;
}

/**
 * Writes down a recording in chunks that overlap, each heard by itself, several side by side, as transformers'
 * `AutomaticSpeechRecognitionPipeline` does with `chunk_length_s`. Texts are less exact where chunks meet.
 * A chunk's language is detected in that chunk; the answer's is the first one's.
 * @throws `cancelled`; `input_invalid` as `chunksOf`, `startTokens`, `LengthLimits`
 */
export async function transcribeChunks(
  model: WhisperModel,
  sound: Sound,
  request: ChunksRequest,
): Promise<TranscribeAudioOutput> {
  const { timestamps, signal, batchSize } = request;
  const { layout, settings, config } = model.files;
  const rate = settings.samplingRate;
  const chunks = chunksOf(sound.samples.length, rate, model.frontEnd.windowSamples, request.chunks);
  const timePrecision = settings.chunkLength / config.max_source_positions;
  const joiner = new ChunkJoiner({
    endOfText: layout.endOfText,
    firstTimestamp: layout.noTimestamps + 1,
    languages: new Set(layout.languages.values()),
    timePrecision,
    window: timePrecision * config.max_source_positions,
    timestamps,
  });
  const told = new ToldParts(model, sound, request);
  let first: HeardBatch | undefined;
  for (let at = 0; at < chunks.length; at += batchSize) {
    throwIfCancelled(signal);
    const batch = chunks.slice(at, at + batchSize);
    const heard = await hearBatch(model, sound.samples, batch, request);
    first ??= heard;
    for (const [i, { start, end, strideLeft, strideRight }] of batch.entries()) {
      const [length, left, right] = [(end - start) / rate, strideLeft / rate, strideRight / rate] as const;
      const ids = heard.texts[i] ?? [];
      told.add(joiner.push({ ids, length, strideLeft: left, strideRight: right }));
    }
    await told.taken;
  }
  told.add(joiner.end());
  // Where nobody speaks there is no language to detect, but one that was asked for is refused if the model has none such.
  const opening = first?.opening ?? (await startTokens(layout, request, async () => layout.startOfTranscript));
  const language = languageIn(layout, opening);
  const probability = first?.detected?.probability;
  return {
    text: told.text,
    ...(language === undefined ? {} : { language }),
    ...(probability === undefined ? {} : { language_probability: probability }),
    segments: timestamps ? told.segments : [],
  };
}

interface HeardBatch {
  /** Of the first chunk. */
  readonly opening: readonly number[];
  readonly detected: DetectedLanguage | undefined;
  /** Ids of each chunk. */
  readonly texts: readonly (readonly number[])[];
}

/** Hears chunks side by side, those anew whose text ended before the window did, as `generate` does with a batch. */
async function hearBatch(
  model: WhisperModel,
  samples: Float32Array,
  chunks: readonly Chunk[],
  request: ChunksRequest,
): Promise<HeardBatch> {
  const { frontEnd, files } = model;
  const { layout } = files;
  const { timestamps, signal } = request;
  const frames = frontEnd.windowFrames;
  const features = chunks.map(({ start, end }) => frontEnd.window(samples.subarray(start, end)));
  let states = await model.encode(...features);
  let detected: Promise<DetectedLanguage[]> | undefined;
  const openings: number[][] = [];
  for (const i of chunks.keys())
    openings.push(
      await startTokens(layout, request, async () => {
        detected ??= detectLanguages(model.decoder, states, layout);
        return ((await detected)[i] as DetectedLanguage).id;
      }),
    );
  const [opening = []] = openings;
  const limits = new LengthLimits(model, opening.length, request);
  const items = features.map((feature, i) => new HeardItem(feature, openings[i] ?? []));
  for (let live = items; live.length > 0; live = items.filter(({ seek }) => seek < frames)) {
    throwIfCancelled(signal);
    if (live.some(({ seek }) => seek > 0))
      states = await model.encode(...live.map(({ features, seek }) => frontEnd.windowAt(features, seek)));
    const heard = await hearWindows(model, {
      states,
      openings: live.map(({ opening }) => opening),
      config: limits.next(opening.length),
      timestamps,
      signal,
    });
    for (const [row, item] of live.entries()) item.take(heard[row]?.ids ?? [], layout.noTimestamps + 1);
  }
  return { opening, detected: (await detected)?.[0], texts: items.map(({ ids }) => ids) };
}

/** A chunk that is heard in one window or in several. */
class HeardItem {
  readonly ids: number[] = [];
  readonly features: LogMel;
  readonly opening: readonly number[];
  /** Frame that its next window begins with. */
  seek = 0;
  readonly #guard: SeekGuard;

  constructor(features: LogMel, opening: readonly number[]) {
    this.features = features;
    this.opening = opening;
    this.#guard = new SeekGuard(features.frames);
  }

  take(text: readonly number[], firstTimestamp: number): void {
    const window = { seek: this.seek, frames: this.features.frames - this.seek, firstTimestamp };
    const { segments, advance } = cutSegments(text, window);
    this.ids.push(...segments.flatMap(({ ids }) => ids));
    this.seek = this.#guard.next(this.seek, advance);
  }
}

/** What was joined so far, at its place in the recording. */
class ToldParts {
  readonly segments: { start: number; end: number; text: string }[] = [];
  text = "";
  readonly #model: WhisperModel;
  readonly #sound: Sound;
  readonly #request: ChunksRequest;
  #lastEnd = 0;
  #taken: unknown;

  constructor(model: WhisperModel, sound: Sound, request: ChunksRequest) {
    this.#model = model;
    this.#sound = sound;
    this.#request = request;
  }

  /** To be waited for between batches: nothing is heard faster than it is taken. */
  get taken(): unknown {
    return this.#taken;
  }

  /** Parts whose times the model did not tell begin with the end of the part before, and end with the recording. */
  add(parts: readonly JoinedPart[]): void {
    const { timestamps, onPart } = this.#request;
    const { samples, timeline } = this.#sound;
    for (const part of parts) {
      const text = this.#model.text(part.ids);
      const start = part.start ?? this.#lastEnd;
      const end = part.end ?? samples.length / this.#model.files.settings.samplingRate;
      this.#lastEnd = end;
      const segment = timeline.place({ start, end, text });
      this.segments.push(segment);
      this.text += text;
      if (text !== "" || timestamps) this.#taken = onPart?.(timestamps ? segment : { text });
    }
  }
}
