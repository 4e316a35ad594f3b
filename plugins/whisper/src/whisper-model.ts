import { readFile } from "node:fs/promises";
import { type LogMel, WhisperFrontEnd } from "@menagerie/audio";
import { ModelError, type ModelSpec, type Tensor } from "@menagerie/core";
import type { Graph, LoadContext } from "@menagerie/core/loader";
import { type EncoderStates, GraphDecoder, Tokenizer } from "@menagerie/text";
import { declaredExtractor } from "./feature-extractor.ts";
import { halfPrecision } from "./half-precision.ts";
import { type Sidecar, sidecars, type WhisperFiles, whisperFiles } from "./whisper-files.ts";

/** Graphs of a decoder: one that holds both of its steps, or one for each. */
export const mergedDecoder = ["decoder_model_merged"] as const;
export const splitDecoder = ["decoder_model", "decoder_with_past_model"] as const;

/** A Whisper that was opened: its graphs, its tokenizer and what its files say. */
export class WhisperModel {
  readonly files: WhisperFiles;
  readonly frontEnd: WhisperFrontEnd;
  readonly tokenizer: Tokenizer;
  readonly decoder: GraphDecoder;
  readonly #encoder: Graph;

  private constructor(files: WhisperFiles, tokenizer: Tokenizer, encoder: Graph, decoder: GraphDecoder) {
    this.files = files;
    this.frontEnd = new WhisperFrontEnd(files.settings);
    this.tokenizer = tokenizer;
    this.decoder = decoder;
    this.#encoder = encoder;
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
    return new WhisperModel(files, tokenizer, encoder, new GraphDecoder({ decoder, decoderWithPast }));
  }

  /**
   * What the encoder makes of one window.
   * @param window float32 `[mels, frames]`
   * @returns float32 or float16 `[1, positions, width]`
   */
  async encode({ data, mels, frames }: LogMel): Promise<EncoderStates> {
    const shape = [1, mels, frames];
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
