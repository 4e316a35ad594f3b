import { readFile } from "node:fs/promises";
import { type LogMel, WhisperFrontEnd } from "@menagerie/audio";
import { ModelError, type ModelSpec, type Tensor } from "@menagerie/core";
import type { Graph, LoadContext } from "@menagerie/core/loader";
import { type EncoderStates, GraphDecoder, Tokenizer } from "@menagerie/text";
import { declaredExtractor } from "./feature-extractor.ts";
import { halfPrecision } from "./half-precision.ts";
import { SpeechGraph } from "./speech/speech-graph.ts";
import { speechRate } from "./speech/speech-spans.ts";
import { type Sidecar, sidecars, type WhisperFiles, whisperFiles } from "./whisper-files.ts";

/** Graphs of a decoder: one that holds both of its steps, or one for each. */
export const mergedDecoder = ["decoder_model_merged"] as const;
export const splitDecoder = ["decoder_model", "decoder_with_past_model"] as const;
/** The graph that finds speech, which a spec may have besides. */
export const speechGraph = "vad";

/** A Whisper that was opened: its graphs, its tokenizer and what its files say. */
export class WhisperModel {
  readonly files: WhisperFiles;
  readonly frontEnd: WhisperFrontEnd;
  readonly tokenizer: Tokenizer;
  readonly decoder: GraphDecoder;
  /** Undefined where the spec has none. */
  readonly speech: SpeechGraph | undefined;
  readonly spec: ModelSpec;
  readonly #encoder: Graph;

  private constructor(parts: ModelParts) {
    this.files = parts.files;
    this.frontEnd = new WhisperFrontEnd(parts.files.settings);
    this.tokenizer = parts.tokenizer;
    this.decoder = parts.decoder;
    this.speech = parts.speech;
    this.spec = parts.spec;
    this.#encoder = parts.encoder;
  }

  static async open(context: LoadContext): Promise<WhisperModel> {
    const { spec } = context;
    const json: Partial<Record<Sidecar, unknown>> = {};
    for (const name of sidecars) json[name] = await readJson(context, name);
    const files = whisperFiles(json as Record<Sidecar, unknown>, declaredExtractor(spec), (file, key, problem) =>
      unusable(spec, file, key, problem),
    );
    const tokenizer = await Tokenizer.read(await context.artifact("tokenizer"));
    const encoder = await context.open("encoder_model");
    const [first, second] = mergedDecoder[0] in spec.graphs ? mergedDecoder : splitDecoder;
    const decoder = await context.open(first);
    const decoderWithPast = second === undefined ? undefined : await context.open(second);
    const speech = speechGraph in spec.graphs ? new SpeechGraph(await context.open(speechGraph)) : undefined;
    const { samplingRate } = files.settings;
    if (speech !== undefined && samplingRate !== speechRate)
      throw unusable(
        spec,
        files.extractorFile,
        "sampling_rate",
        `is ${samplingRate}, but speech is found at ${speechRate}`,
      );
    return new WhisperModel({
      spec,
      files,
      tokenizer,
      encoder,
      decoder: new GraphDecoder({ decoder, decoderWithPast }),
      speech,
    });
  }

  /**
   * What the encoder makes of windows.
   * @param windows float32 `[mels, frames]` each, all alike
   * @returns float32 or float16 `[windows, positions, width]`
   */
  async encode(...windows: readonly LogMel[]): Promise<EncoderStates> {
    const [{ mels, frames }] = windows as [LogMel];
    const data = joined(windows.map((window) => window.data));
    const shape = [windows.length, mels, frames];
    const isHalf = this.#encoder.inputs.input_features?.dtype === "float16";
    const input_features: Tensor = isHalf
      ? { type: "float16", shape, data: halfPrecision(data) }
      : { type: "float32", shape, data };
    const { last_hidden_state: hiddenStates } = await this.#encoder.run({ input_features }, ["last_hidden_state"]);
    if (hiddenStates !== undefined) return { hiddenStates };
    throw new ModelError("graph_mismatch", `The graph "${this.#encoder.name}" gave no "last_hidden_state".`);
  }

  /** Ids as text, without special tokens and times. Its spaces are kept: most texts begin with one. */
  text(ids: readonly number[]): string {
    // Times are taken out of the text and not out of the ids, as transformers does it: they part the bytes around them.
    return this.tokenizer.decode(ids).replaceAll(/<\|\d+\.\d+\|>/g, "");
  }
}

interface ModelParts extends Pick<WhisperModel, "spec" | "files" | "tokenizer" | "decoder" | "speech"> {
  readonly encoder: Graph;
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return first;
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

async function readJson(context: LoadContext, name: Sidecar): Promise<unknown> {
  const text = await readFile(await context.artifact(name), "utf8");
  try {
    return JSON.parse(text);
  } catch {
    throw unusable(context.spec, `${name}.json`, "", "is not JSON");
  }
}

function unusable({ model_name }: ModelSpec, file: string, key: string, problem: string): ModelError {
  const place = key === "" ? file : `${file}, key "${key}"`;
  return new ModelError(
    "checkpoint_invalid",
    `${model_name} is no Whisper that can be used: ${place}: ${problem}. Take the files that the checkpoint was published with.`,
    { model: model_name, details: { file, key } },
  );
}
