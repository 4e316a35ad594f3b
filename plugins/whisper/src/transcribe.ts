import type { LogMel } from "@menagerie/audio";
import { ModelError } from "@menagerie/core";
import { type EncoderStates, type GenerationConfig, generate, generationConfig } from "@menagerie/text";
import { detectLanguage } from "./detect-language.ts";
import { SeekGuard } from "./seek-guard.ts";
import { cutSegments, type Segment } from "./segments.ts";
import { type Question, startTokens } from "./start-tokens.ts";
import { timestampRules } from "./timestamp-rules.ts";
import { type PartsWanted, TranscriptParts } from "./transcript-parts.ts";
import { framesPerPosition } from "./whisper-files.ts";
import type { WhisperModel } from "./whisper-model.ts";

export interface TranscribeRequest extends Question {
  readonly numBeams?: number | undefined;
  /** Most tokens of one window. */
  readonly maxNewTokens?: number | undefined;
  /** Looked at between steps. */
  readonly signal?: AbortSignal | undefined;
  /** Takes what is heard while it is heard. */
  readonly onPart?: PartsWanted["onPart"] | undefined;
}

/** A recording as ids. */
export interface Transcript {
  /** The ids that opened each window's text. */
  readonly start: readonly number[];
  /** Id of the language that is spoken, in models that know several. */
  readonly language: number | undefined;
  readonly segments: readonly Segment[];
}

/**
 * Writes down a recording window by window, as `WhisperForConditionalGeneration.generate` of transformers 5 does: each
 * window begins where the last whole segment of the one before ended, and what lies after the end of the recording is 0
 * among its features. A recording of several windows is heard with times, which say where to go on.
 * @throws `cancelled`; `input_invalid` as `startTokens`, and for more tokens than the model can hold
 */
export async function transcribe(model: WhisperModel, whole: LogMel, request: TranscribeRequest): Promise<Transcript> {
  const { files, frontEnd, decoder } = model;
  const { layout } = files;
  const windowFrames = framesPerPosition * files.config.max_source_positions;
  const timestamps = request.timestamps || whole.frames > windowFrames;
  throwIfCancelled(request.signal);
  let states: EncoderStates | undefined = await model.encode(frontEnd.windowAt(whole, 0));
  const first = states;
  const start = await startTokens(layout, { ...request, timestamps }, () => detectLanguage(decoder, first, layout));
  const limits = new LengthLimits(model, start.length, request);
  const guard = new SeekGuard(windowFrames);
  const segments: Segment[] = [];
  const { onPart } = request;
  const parts = onPart && new TranscriptParts(model, { hasTimes: timestamps, tellsTimes: request.timestamps, onPart });
  let seek = 0;
  while (seek < whole.frames) {
    throwIfCancelled(request.signal);
    states ??= await model.encode(frontEnd.windowAt(whole, seek));
    const frames = Math.min(whole.frames - seek, windowFrames);
    const window = { seek, frames, firstTimestamp: layout.noTimestamps + 1 };
    const config = limits.next();
    const [[text] = []] = await generate(decoder, {
      prompts: [start],
      encoder: states,
      config,
      processors: timestamps ? [timestampRules(layout, start.length)] : [],
      scores: false,
      signal: request.signal,
      // Beams are compared until the end of a window.
      ...(config.num_beams > 1 || parts === undefined ? {} : { onToken: (_, id) => parts.push(id, window) }),
    });
    const ids = text?.ids ?? [];
    const cut = cutSegments(ids.at(-1) === layout.endOfText ? ids.slice(0, -1) : ids, window);
    segments.push(...cut.segments);
    parts?.endWindow(cut.segments);
    await parts?.taken;
    seek = guard.next(seek, cut.advance);
    states = undefined;
  }
  parts?.end();
  const spoken = new Set(layout.languages.values());
  return { start, language: start.find((id) => spoken.has(id)), segments };
}

/** How long each window's text may become. */
class LengthLimits {
  readonly #own: Readonly<Record<string, unknown>>;
  readonly #opening: number;
  readonly #context: number;
  #longest: number;

  constructor({ files }: WhisperModel, opening: number, { numBeams, maxNewTokens }: TranscribeRequest) {
    const { generation, config } = files;
    this.#own = {
      ...generation,
      do_sample: false,
      temperature: 1,
      num_return_sequences: 1,
      num_beams: numBeams ?? generation.num_beams,
      max_new_tokens: maxNewTokens ?? generation.max_new_tokens,
    };
    this.#opening = opening;
    this.#context = config.max_target_positions;
    this.#longest = generation.max_length;
    const wanted = maxNewTokens ?? generation.max_new_tokens;
    if (wanted === undefined || wanted + opening <= this.#context) return;
    throw new ModelError(
      "input_invalid",
      `max_new_tokens is ${wanted}, but the model holds ${this.#context} tokens, of which ${opening} open the text. Ask for at most ${this.#context - opening}.`,
      { details: { max_new_tokens: wanted, opening, context: this.#context } },
    );
  }

  /** transformers lengthens `max_length` anew by what opens the text at every window, up to what the model holds. */
  next(): GenerationConfig {
    const added = Math.min(Math.floor(this.#context / 2) - 1, this.#opening);
    this.#longest = Math.min(this.#longest + added, this.#context);
    return generationConfig({ ...this.#own, max_length: this.#longest });
  }
}

function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted)
    throw new ModelError("cancelled", "The transcript was no longer wanted; what there was of it is lost.");
}
