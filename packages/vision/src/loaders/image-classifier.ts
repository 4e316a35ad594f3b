import { describeIssues, type ImageLabel, type Log, ModelError, type ModelSpec, plainWords } from "@menagerie/core";
import { type LoadContext, softmax } from "@menagerie/core/loader";
import { z } from "zod";
import type { ClassifierActivation } from "./classifier-activation.ts";
import { type PictureAnswer, PictureGraph } from "./picture-graph.ts";

/** What only image classifiers say in `parameters`. */
export interface ImageClassifierParameters {
  /**
   * What makes scores of the graph's numbers: `softmax` for one label out of all, `sigmoid` for each label by itself, `none`
   * for a graph that gives scores from 0 to 1 itself.
   */
  activation: ClassifierActivation;
  /** True for a graph whose own scores of one picture sum to 1; others are then refused. Default: false. */
  sums_to_one?: boolean | undefined;
  /**
   * True where a checkpoint's folder without a processor's file is adopted with this spec's own preprocessing, as an
   * assumption that is told. Default: false, such a folder is refused.
   */
  assumed_preprocessing?: boolean | undefined;
}

const parametersSchema: z.ZodType<ImageClassifierParameters> = z.strictObject({
  activation: z.enum(["softmax", "sigmoid", "none"]).default("softmax"),
  sums_to_one: z.boolean().optional(),
  assumed_preprocessing: z.boolean().optional(),
});

/** A graph `pixel_values -> logits [batch, labels]`, and what its numbers mean. */
export class ImageClassifier {
  readonly #graph: PictureGraph;
  readonly #labels: readonly string[];
  readonly #activate: (logits: readonly number[]) => readonly number[];
  readonly #sumsToOne: boolean;
  readonly #log: Log;
  #hasWarned = false;

  private constructor(context: LoadContext, graph: PictureGraph, parameters: ImageClassifierParameters) {
    this.#log = context.log;
    this.#graph = graph;
    this.#labels = context.spec.labels ?? [];
    this.#sumsToOne = parameters.sums_to_one === true;
    this.#activate = {
      softmax: (logits: readonly number[]) => softmax(this.#suspected(logits)),
      sigmoid,
      none: (scores: readonly number[]) => this.#asScores(scores),
    }[parameters.activation];
  }

  /** @throws ModelError `model_spec_invalid` for a spec without labels, `graph_mismatch` for a graph that has others */
  static async open(context: LoadContext): Promise<ImageClassifier> {
    const { spec } = context;
    const { labels = [] } = spec;
    const parameters = parametersSchema.safeParse(spec.parameters, { error: plainWords });
    if (!parameters.success)
      throw invalid(spec, `"parameters": ${describeIssues(parametersSchema, parameters.error).join("; ")}`);
    if (labels.length === 0) throw invalid(spec, '"labels" must name the outputs of the graph, in order');
    const graph = await PictureGraph.open(context, "logits");
    const outputs = graph.axis(1);
    if (outputs !== undefined && outputs !== labels.length) throw otherLabels(spec, outputs);
    return new ImageClassifier(context, graph, parameters.data);
  }

  /** Every label of each picture, best first; equals in the order of the outputs. @param images the bytes of one file each */
  classify(images: readonly Uint8Array[], signal: AbortSignal): Promise<ImageLabel[][]> {
    return this.#graph.inBatches(images, signal, (answer) => this.#read(answer));
  }

  /** A spec that was written before its graph's end was looked at may ask for a second softmax. */
  #suspected(logits: readonly number[]): readonly number[] {
    const sum = logits.reduce((all, logit) => all + logit, 0);
    if (this.#hasWarned || logits.length < 2 || Math.abs(sum - 1) > 1e-4 || logits.some((logit) => logit < 0))
      return logits;
    this.#hasWarned = true;
    this.#log.warn(
      "what the spec calls logits are scores that sum to 1: adopt the model again, or set activation to none",
      { isDoubt: true },
    );
    return logits;
  }

  /** @throws ModelError `graph_mismatch` for numbers that are no scores */
  #asScores(scores: readonly number[]): readonly number[] {
    const { model_name } = this.#graph.spec;
    const sum = scores.reduce((all, score) => all + score, 0);
    if (this.#sumsToOne && Math.abs(sum - 1) > roundedUp)
      throw new ModelError(
        "graph_mismatch",
        `${model_name}: the graph's scores of one picture sum to ${Number(sum.toPrecision(6))}, and those of one label out of all sum to 1, so that something changes them behind its softmax. Export the graph up to its logits, or adopt it with --activation none where that is meant.`,
        { model: model_name, details: { sum } },
      );
    const wrong = scores.find((score) => score < 0 || score > 1 + roundedUp);
    if (wrong === undefined) return scores.map((score) => Math.min(score, 1));
    throw new ModelError(
      "graph_mismatch",
      `${model_name}: the spec's "activation" is none, so that the graph gives scores from 0 to 1, and it gave ${wrong}. Where these are logits, it is softmax or sigmoid.`,
      { model: model_name, details: { score: wrong } },
    );
  }

  #read({ data, shape }: PictureAnswer): ImageLabel[][] {
    const count = this.#labels.length;
    if (shape.length !== 2 || shape[1] !== count) throw otherLabels(this.#graph.spec, shape[1] ?? 0);
    return Array.from({ length: shape[0] ?? 0 }, (_, row) => {
      const logits = data.subarray(row * count, (row + 1) * count);
      const scores = this.#activate(Array.from(logits));
      return this.#labels.map((label, i) => ({ label, score: scores[i] ?? 0 })).sort((a, b) => b.score - a.score);
    });
  }
}

/** What rounding in half precision may add to a sum of 1, or take from it. */
const roundedUp = 1e-3;

function sigmoid(logits: readonly number[]): number[] {
  return logits.map((value) => 1 / (1 + Math.exp(-value)));
}

function invalid(spec: ModelSpec, problem: string): ModelError {
  return new ModelError("model_spec_invalid", `${spec.model_name} is no spec of an image classifier: ${problem}.`, {
    model: spec.model_name,
  });
}

function otherLabels(spec: ModelSpec, outputs: number): ModelError {
  const labels = spec.labels?.length ?? 0;
  return new ModelError(
    "graph_mismatch",
    `${spec.model_name}: the graph's output "logits" has ${outputs} labels, the spec names ${labels}.`,
    { model: spec.model_name, details: { tensor: "logits", outputs, labels } },
  );
}
