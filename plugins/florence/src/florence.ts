import { type DescribeImageInput, type DescribeImageOutput, ModelError, type Tensor } from "@menagerie/core";
import type { Graph, LoadContext, NamedTensors } from "@menagerie/core/loader";
import {
  type EncoderStates,
  type GenerationConfig,
  GraphDecoder,
  generate,
  generationConfig,
  Tokenizer,
} from "@menagerie/text";
import { ImagePipeline } from "@menagerie/vision";
import { florenceAnswer } from "./florence-answer.ts";
import { mergedDecoder, splitDecoder } from "./florence-graphs.ts";
import { type FlorenceDescription, florenceDescription } from "./florence-parameters.ts";
import { checkBoxTouches, florencePrompt } from "./florence-prompt.ts";
import { joinSequences } from "./join-sequences.ts";

interface FlorenceGraphs {
  readonly vision: Graph;
  readonly embedTokens: Graph;
  readonly encoder: Graph;
  readonly decoder: GraphDecoder;
}

/** What the model wrote, before it is read. */
export interface WrittenAnswer {
  /** After the decoder's start token. */
  readonly ids: readonly number[];
  readonly output: DescribeImageOutput;
}

/**
 * A Florence-2: the picture's features and the question's embeddings go through the encoder, one after the other; what
 * the decoder writes is read by the question's own rules. As Florence2ForConditionalGeneration of transformers does it.
 */
export class Florence {
  readonly #model: string;
  readonly #description: FlorenceDescription;
  readonly #tokenizer: Tokenizer;
  readonly #pipeline: ImagePipeline;
  readonly #graphs: FlorenceGraphs;
  readonly #banned: ReadonlySet<string>;

  private constructor(model: string, description: FlorenceDescription, tokenizer: Tokenizer, graphs: FlorenceGraphs) {
    this.#model = model;
    this.#description = description;
    this.#tokenizer = tokenizer;
    this.#graphs = graphs;
    this.#pipeline = new ImagePipeline(description.image);
    this.#banned = new Set(description.banned_phrases);
  }

  static async open(context: LoadContext): Promise<Florence> {
    const { spec } = context;
    const description = florenceDescription(spec);
    const tokenizer = await Tokenizer.open(context, description.text.tokenizer);
    const vision = await context.open("vision_encoder");
    const embedTokens = await context.open("embed_tokens");
    const encoder = await context.open("encoder_model");
    const [first, second] = mergedDecoder[0] in spec.graphs ? mergedDecoder : splitDecoder;
    const decoder = await context.open(first);
    const decoderWithPast = second === undefined ? undefined : await context.open(second);
    const graphs = {
      vision,
      embedTokens,
      encoder,
      decoder: new GraphDecoder({ decoder, decoderWithPast, embedTokens }),
    };
    return new Florence(spec.model_name, description, tokenizer, graphs);
  }

  /** @throws ModelError `input_invalid` for a question that lacks something, or is longer than the model holds; `cancelled` */
  async describe(input: DescribeImageInput, signal: AbortSignal): Promise<WrittenAnswer> {
    // Before the picture, which takes longer to look at: whatever is wrong with the question alone.
    florencePrompt(input, { width: 1, height: 1 }, this.#description.sentences);
    const config = this.#configuration(input);
    using pixels = await this.#pipeline.toTensor([input.image]);
    const size = pixels.transforms[0]?.picture ?? { width: 0, height: 0 };
    if (input.box !== undefined) checkBoxTouches(input.box, size);
    const { sentence, kind } = florencePrompt(input, size, this.#description.sentences);
    const encoder = await this.#encode(pixels, this.#tokenizer.encode(sentence), signal);
    const prompts = [[this.#description.tokens.decoder_start]];
    const [[best] = []] = await generate(this.#graphs.decoder, { prompts, encoder, config, signal });
    const ids = best?.ids ?? [];
    const written = this.#tokenizer.decode(ids, { skipSpecialTokens: false });
    return { ids, output: florenceAnswer(written, kind, size, this.#banned) };
  }

  async #encode(pixels: Tensor, ids: readonly number[], signal: AbortSignal): Promise<EncoderStates> {
    const { vision, embedTokens, encoder } = this.#graphs;
    throwIfCancelled(signal);
    const features = outputOf(vision, await vision.run({ pixel_values: pixels }), "image_features");
    const length = (features.shape[1] ?? 0) + ids.length;
    const { max_positions } = this.#description;
    if (length > max_positions)
      throw new ModelError(
        "input_invalid",
        `${this.#model} holds ${max_positions} tokens: ${features.shape[1]} of the picture leave ${max_positions - (features.shape[1] ?? 0)}, and the question has ${ids.length}. Ask about a shorter text.`,
        { model: this.#model, details: { tokens: ids.length, max_positions } },
      );
    const question = { type: "int64", shape: [1, ids.length], data: BigInt64Array.from(ids, BigInt) } as const;
    const embedded = outputOf(embedTokens, await embedTokens.run({ input_ids: question }), "inputs_embeds");
    const attentionMask = { type: "int64", shape: [1, length], data: new BigInt64Array(length).fill(1n) } as const;
    throwIfCancelled(signal);
    const feeds = { inputs_embeds: joinSequences(features, embedded), attention_mask: attentionMask };
    return { hiddenStates: outputOf(encoder, await encoder.run(feeds), "last_hidden_state"), attentionMask };
  }

  #configuration({ num_beams, max_new_tokens }: DescribeImageInput): GenerationConfig {
    const { generation, tokens, max_positions } = this.#description;
    if (max_new_tokens !== undefined && max_new_tokens > max_positions)
      throw new ModelError(
        "input_invalid",
        `max_new_tokens is ${max_new_tokens}, but ${this.#model} writes at most ${max_positions} tokens.`,
        { model: this.#model, details: { max_new_tokens, max_positions } },
      );
    const { max_length } = generation;
    const own = generation.max_new_tokens ?? (max_length === undefined ? max_positions : max_length - 1);
    return generationConfig({
      ...generation,
      num_beams: num_beams ?? generation.num_beams,
      max_new_tokens: max_new_tokens ?? Math.min(own, max_positions),
      bos_token_id: tokens.bos,
      eos_token_id: generation.eos_token_id ?? tokens.eos,
      pad_token_id: tokens.pad,
      forced_bos_token_id: tokens.forced_bos,
      forced_eos_token_id: tokens.forced_eos,
    });
  }
}

function outputOf(graph: Graph, outputs: NamedTensors, name: string): Tensor {
  const tensor = outputs[name];
  if (tensor !== undefined && tensor.shape.length === 3) return tensor;
  throw new ModelError(
    "graph_mismatch",
    `The graph "${graph.name}" must give "${name}" of [batch, length, width]; it gave ${tensor === undefined ? Object.keys(outputs).join(", ") : `[${tensor.shape.join(", ")}]`}.`,
    { details: { graph: graph.name, tensor: name } },
  );
}

function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new ModelError("cancelled", "The description was no longer wanted.");
}
