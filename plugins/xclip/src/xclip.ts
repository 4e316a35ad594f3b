import {
  fromFloat16,
  type MatchVideoInput,
  type MatchVideoOutput,
  ModelError,
  type ModelSpec,
  type Tensor,
} from "@menagerie/core";
import { type Graph, inBatches, type LoadContext, type NamedTensors } from "@menagerie/core/loader";
import { dot, labelSentences, rankLabels } from "@menagerie/embedding";
import { Tokenizer, tokenTensors } from "@menagerie/text";
import { ImagePipeline } from "@menagerie/vision";
import { takenFrames } from "./taken-frames.ts";
import { type XclipDescription, xclipDescription } from "./xclip-parameters.ts";

/** An X-CLIP: the frames of one video and a set of texts to how well each text says what happens. */
export class Xclip {
  readonly #spec: ModelSpec;
  readonly #description: XclipDescription;
  readonly #graph: Graph;
  readonly #tokenizer: Tokenizer;
  readonly #pipeline: ImagePipeline;

  private constructor(spec: ModelSpec, description: XclipDescription, graph: Graph, tokenizer: Tokenizer) {
    this.#spec = spec;
    this.#description = description;
    this.#graph = graph;
    this.#tokenizer = tokenizer;
    const dtype = this.#tensorOf("inputs", "pixel_values").dtype === "float16" ? { dtype: "float16" as const } : {};
    this.#pipeline = new ImagePipeline({ ...description.image, ...dtype });
    this.#checkGraph();
  }

  /** @throws ModelError `graph_mismatch` naming the tensor that does not fit */
  static async open(context: LoadContext): Promise<Xclip> {
    const description = xclipDescription(context.spec);
    const tokenizer = await Tokenizer.open(context, description.text.tokenizer);
    return new Xclip(context.spec, description, await context.open("model"), tokenizer);
  }

  /** The logits come from the graph, with its trained scale; the similarity from its embeddings. */
  async match(input: MatchVideoInput, signal: AbortSignal): Promise<MatchVideoOutput> {
    const { labels, sentences } = labelSentences(this.#spec, input, this.#description.template);
    const unique = [...new Set(sentences)];
    using frames = await this.#pipeline.toTensor(this.#taken(input.frames));
    const video = { ...frames, shape: [1, ...frames.shape] } as Tensor;
    const { max_batch } = this.#spec.resource_requirements;
    const values = await inBatches(unique, max_batch, signal, (texts) => this.#valuesOf(video, texts));
    const bySentence = new Map(unique.map((sentence, i) => [sentence, values[i] as TextValues]));
    const found = sentences.map((sentence) => bySentence.get(sentence) as TextValues);
    const logits = found.map(({ logit }) => logit);
    const similarity = found.map(({ cosine }) => cosine);
    return { matches: rankLabels(labels, { logits, similarity }, input.top_k) };
  }

  #taken(frames: readonly Uint8Array[]): Uint8Array[] {
    return takenFrames(frames.length, this.#description.frames).map((i) => frames[i] as Uint8Array);
  }

  async #valuesOf(video: Tensor, texts: readonly string[]): Promise<TextValues[]> {
    const { max_length, padding, pad_token_id } = this.#description.text;
    const tokens = this.#tokenizer.tokenize(texts, { maxLength: max_length, padding, padTokenId: pad_token_id });
    const answer = await this.#graph.run({ pixel_values: video, ...tokenTensors(this.#graph, tokens) }, outputs);
    const logits = this.#floats(answer, "logits_per_video", texts.length);
    const videoEmbedding = this.#floats(answer, "video_embeds");
    const size = videoEmbedding.length;
    const textEmbeddings = this.#floats(answer, "text_embeds", texts.length * size);
    return texts.map((_, i) => ({
      logit: logits[i] as number,
      cosine: dot(videoEmbedding, textEmbeddings.subarray(i * size, (i + 1) * size)),
    }));
  }

  #floats(answer: NamedTensors, name: string, length?: number): Float32Array {
    const tensor = answer[name];
    const data = tensor?.data instanceof Uint16Array ? fromFloat16(tensor.data) : tensor?.data;
    if (data instanceof Float32Array && data.length === (length ?? data.length)) return data;
    throw this.#mismatch(
      `gave ${tensor === undefined ? "no" : `${tensor.type} [${tensor.shape.join(", ")}] as`} "${name}", ${length ?? "some"} floats were expected`,
      name,
    );
  }

  #checkGraph(): void {
    this.#tensorOf("inputs", "input_ids");
    for (const name of outputs) this.#tensorOf("outputs", name);
    const { shape } = this.#tensorOf("inputs", "pixel_values");
    const { frames } = this.#description;
    if (shape.length !== 5 || (typeof shape[1] === "number" && shape[1] !== frames))
      throw this.#mismatch(
        `takes "pixel_values" [${shape.join(", ")}], [videos, ${frames}, 3, height, width] was expected`,
        "pixel_values",
      );
  }

  #tensorOf(side: "inputs" | "outputs", name: string) {
    const tensor = this.#graph[side][name];
    if (tensor !== undefined) return tensor;
    throw this.#mismatch(`has no "${name}" among its ${side} (${Object.keys(this.#graph[side]).join(", ")})`, name);
  }

  #mismatch(problem: string, tensor: string): ModelError {
    return new ModelError("graph_mismatch", `${this.#spec.model_name}: the graph "${this.#graph.name}" ${problem}.`, {
      model: this.#spec.model_name,
      details: { tensor },
    });
  }
}

interface TextValues {
  readonly logit: number;
  readonly cosine: number;
}

const outputs = ["logits_per_video", "video_embeds", "text_embeds"] as const;
