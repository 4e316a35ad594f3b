import { ModelError, type SegmentImageOutput } from "@menagerie/core";
import type { LoadContext } from "@menagerie/core/loader";
import { type ClassMap, classCoverage, PictureGraph, packRuns, segment } from "@menagerie/vision";
import { classRuns } from "./class-runs.ts";

/** The graph of a SegFormer, `pixel_values -> logits [batch, labels, rows, columns]`, and the names of its classes. */
export class Segformer {
  readonly #graph: PictureGraph;
  readonly #labels: readonly string[];

  private constructor(graph: PictureGraph, labels: readonly string[]) {
    this.#graph = graph;
    this.#labels = labels;
  }

  /** @throws ModelError `model_spec_invalid` for a spec without labels, `graph_mismatch` for a graph that has others */
  static async open(context: LoadContext): Promise<Segformer> {
    const { model_name, labels = [] } = context.spec;
    if (labels.length === 0)
      throw new ModelError(
        "model_spec_invalid",
        `${model_name} is no spec of a SegFormer: "labels" must name its classes.`,
        { model: model_name },
      );
    const graph = await PictureGraph.open(context, "logits");
    const classes = graph.axis(1) ?? labels.length;
    if (classes !== labels.length) throw otherClasses(model_name, classes, labels.length);
    return new Segformer(graph, labels);
  }

  /** The class of every pixel of each upright picture. @param images the bytes of one file each */
  classMaps(images: readonly Uint8Array[], signal: AbortSignal): Promise<ClassMap[]> {
    const channels = this.#labels.length;
    return this.#graph.inBatches(images, signal, ({ data, shape, transforms }) => {
      const [, classes = 0, height = 0, width = 0] = shape;
      if (classes !== channels) throw otherClasses(this.#graph.spec.model_name, classes, channels);
      const values = channels * height * width;
      return transforms.map(({ picture }, i) =>
        segment({ data: data.subarray(i * values, (i + 1) * values), channels, height, width }, picture),
      );
    });
  }

  /** A map as the task's answer: one mask for each class that is there. */
  described(map: ClassMap | undefined): SegmentImageOutput {
    if (map === undefined) throw new ModelError("input_invalid", "There is no picture to segment.");
    const { width, height } = map;
    const coverage = classCoverage(map, this.#labels.length);
    const runs = classRuns(map);
    const classes = [...runs].map(([index, counts]) => ({
      label: this.#labels[index] ?? "",
      index,
      coverage: coverage[index] ?? 0,
      mask: { size: [height, width] as [number, number], counts: packRuns(counts) },
    }));
    return { width, height, classes: classes.sort((a, b) => a.index - b.index) };
  }
}

function otherClasses(model: string, found: number, labels: number): ModelError {
  return new ModelError(
    "graph_mismatch",
    `${model}: the graph's output "logits" has ${found} classes, the spec names ${labels}.`,
    { model, details: { tensor: "logits", found, labels } },
  );
}
