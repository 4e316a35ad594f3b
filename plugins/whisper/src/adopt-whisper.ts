import type { ArtifactDeclaration, ModelSpec } from "@menagerie/core";
import { type AdoptedCheckpoint, adoptedRequirements, type CheckpointFolder } from "@menagerie/core/adopt";
import { type AdoptedGraph, adoptedGraph, findGraph } from "@menagerie/onnx";
import { adoptTokenizer } from "@menagerie/text";
import { z } from "zod";
import { type FeatureExtractor, featureExtractor, featureExtractorFile } from "./feature-extractor.ts";
import { adoptSpeechGraph } from "./speech/adopt-speech-graph.ts";
import { type Sidecar, sidecars, type WhisperFiles, whisperFiles } from "./whisper-files.ts";
import { checkWhisperGraphs } from "./whisper-graphs.ts";
import { mergedDecoder, speechGraph, splitDecoder } from "./whisper-model.ts";

/** Reads a Whisper folder in the layout of the public conversions. */
export async function adoptWhisper(folder: CheckpointFolder, like: ModelSpec): Promise<AdoptedCheckpoint> {
  const extractor = await readExtractor(folder);
  const files = await readFiles(folder, extractor);
  const encoder = await adoptedGraph(folder, "encoder_model");
  const decoders = await adoptedDecoders(folder);
  checkWhisperGraphs(folder, files.config, encoder, Object.values(decoders));
  const graphs = { encoder_model: encoder, ...decoders };
  const speech = await adoptSpeechGraph(folder);
  const weights = Object.values(graphs).flatMap(({ artifacts }) => artifacts);
  const { config } = files;
  return {
    spec: {
      precision: encoder.precision,
      local_artifacts: [
        ...weights,
        ...(speech === undefined ? [] : [speech.artifact]),
        ...(await readTokenizer(folder, files)),
        ...(await Promise.all(sidecars.map((name) => folder.artifact(name, `${name}.json`)))),
      ],
      preprocessing: { audio: extractor.preprocessing },
      graphs: {
        ...Object.fromEntries(Object.entries(graphs).map(([name, { declaration }]) => [name, declaration])),
        // What it remembers from frame to frame is of one recording: nothing is joined along an axis.
        ...(speech === undefined ? {} : { [speechGraph]: { artifact: speechGraph } }),
      },
      input_schema: {
        encoder_model: {
          input_features: {
            dtype: encoder.header.inputs.input_features?.dtype ?? "float32",
            shape: ["batch", config.num_mel_bins, 2 * config.max_source_positions],
          },
        },
      },
      output_schema: {},
      resource_requirements: requirements(like, weights),
    },
    findings: [...findings(files, Object.values(graphs)), ...(speech?.findings ?? [])],
  };
}

async function readExtractor(folder: CheckpointFolder): Promise<FeatureExtractor> {
  const json = await folder.json(await featureExtractorFile(folder), z.unknown());
  return featureExtractor(json, (...reasons) => folder.refusal(...reasons));
}

async function readFiles(folder: CheckpointFolder, extractor: FeatureExtractor): Promise<WhisperFiles> {
  const json: Partial<Record<Sidecar, unknown>> = {};
  for (const name of sidecars) json[name] = await folder.json(`${name}.json`, z.unknown());
  return whisperFiles(json as Record<Sidecar, unknown>, extractor, (...reasons) => folder.refusal(...reasons));
}

/** The merged decoder, or the split pair where only that is there. */
async function adoptedDecoders(folder: CheckpointFolder): Promise<Record<string, AdoptedGraph>> {
  const [merged] = mergedDecoder;
  try {
    return { [merged]: await adoptedGraph(folder, merged) };
  } catch (error) {
    const [first, second] = splitDecoder;
    const split = await adoptedGraph(folder, first).catch(() => undefined);
    if (split === undefined) throw error;
    const next = await findGraph(folder, [second], second);
    if (next !== undefined) return { [first]: split, [second]: next };
    throw folder.refusal(
      split.file,
      undefined,
      `is a decoder without a cache, and there is no ${second}.onnx beside it. Export both: optimum-cli export onnx --task automatic-speech-recognition-with-past`,
    );
  }
}

async function readTokenizer(
  folder: CheckpointFolder,
  { config, layout }: WhisperFiles,
): Promise<readonly ArtifactDeclaration[]> {
  const { artifacts } = await adoptTokenizer(folder, {
    vocabularySize: config.vocab_size,
    key: "vocab_size",
    isNewer: true,
  });
  const { added_tokens } = await folder.json("tokenizer.json", addedTokensSchema);
  const named = { "<|startoftranscript|>": layout.startOfTranscript, "<|notimestamps|>": layout.noTimestamps };
  for (const [token, id] of Object.entries(named)) {
    const found = added_tokens.find(({ content }) => content === token)?.id;
    if (found === id) continue;
    const problem = `has ${token} as ${found ?? "no token"}, generation_config.json has it as ${id}`;
    throw folder.refusal("tokenizer.json", "added_tokens", problem);
  }
  return artifacts;
}

const addedTokensSchema = z.object({ added_tokens: z.array(z.object({ id: z.int(), content: z.string() })) });

/** Measured on tiny and small, with five beams: most of what does not grow with the weights is the encoder's attention. */
function requirements(like: ModelSpec, weights: readonly ArtifactDeclaration[]): ModelSpec["resource_requirements"] {
  const megabytes = weights.reduce((sum, artifact) => sum + (artifact.size_bytes ?? 0), 0) / 1e6;
  const { vram_mb, ...others } = adoptedRequirements(like, weights);
  return { ...others, vram_mb: vram_mb + 300, ram_mb: Math.ceil(megabytes * 2.4 + 600) };
}

function findings(
  { config, layout, settings, extractorFile, ignored }: WhisperFiles,
  graphs: readonly AdoptedGraph[],
): string[] {
  const languages = [...layout.languages.keys()];
  const shown = languages.slice(0, 5).join(", ");
  return [
    `windows of ${settings.chunkLength} s at ${settings.samplingRate} Hz, ${settings.featureSize} mels (${extractorFile})`,
    `texts of up to ${config.max_target_positions} tokens, ${config.vocab_size} in the vocabulary (config.json)`,
    layout.isMultilingual
      ? `${languages.length} languages: ${shown}${languages.length > 5 ? " …" : ""} (generation_config.json)`
      : "English alone (generation_config.json)",
    graphs.map(({ file, precision }) => `${precision} ${file}`).join(", "),
    ...(graphs.some(({ header }) => "cross_attentions.0" in header.outputs)
      ? ["words have times: the decoder says what it attends to"]
      : []),
    ...(ignored.length === 0 ? [] : [`not followed: ${ignored.join(", ")} (generation_config.json)`]),
  ];
}
