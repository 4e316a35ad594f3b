import { type DetectedObject, fromFloat16, ModelError, type Tensor } from "@menagerie/core";
import type { Graph } from "@menagerie/core/loader";
import type { YoloDetections, YoloOutput } from "./yolo-detections.ts";

/** What rounding in half precision may add to 1. */
const roundedUp = 1e-3;

/**
 * A YOLO's `output0` for one picture, checked.
 * @param classes how many there are; `extras` how many rows follow theirs
 * @throws ModelError `graph_mismatch` naming the tensor, what it is and what was expected; also where scores are not between
 *   0 and 1, as those of a graph without its sigmoid: below every threshold, or above
 */
export function yoloAnswer(
  graph: Pick<Graph, "name">,
  tensor: Tensor | undefined,
  { classes, extras, name = "output0" }: { classes: number; extras: number; name?: string },
): YoloOutput {
  const data = tensor?.data instanceof Uint16Array ? fromFloat16(tensor.data) : tensor?.data;
  const [count, rows, anchors] = tensor?.shape ?? [];
  const expected = 4 + classes + extras;
  if (data instanceof Float32Array && count === 1 && rows === expected && anchors !== undefined) {
    checkScores(graph, name, data.subarray(4 * anchors, (4 + classes) * anchors));
    return { data, rows, anchors };
  }
  const found = tensor === undefined ? `no "${name}"` : `${tensor.type} [${tensor.shape.join(", ")}] as "${name}"`;
  throw new ModelError(
    "graph_mismatch",
    `The graph "${graph.name}" gave ${found}, float32 [1, ${expected}, anchors] was expected: four edges, ${classes} classes` +
      `${extras > 0 ? `, ${extras} mask coefficients` : ""}.`,
    { details: { graph: graph.name, tensor: name, expected: [1, expected, "anchors"], found: tensor?.shape } },
  );
}

function checkScores(graph: Pick<Graph, "name">, name: string, scores: Float32Array): void {
  let [lowest, highest] = [0, 0];
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i] as number;
    if (score < lowest) lowest = score;
    else if (score > highest) highest = score;
  }
  if (lowest >= 0 && highest <= 1 + roundedUp) return;
  throw new ModelError(
    "graph_mismatch",
    `The graph "${graph.name}" gave scores from ${lowest} to ${highest} in "${name}"; they are between 0 and 1 where a graph ends with its sigmoid, as ultralytics exports it. Export it so.`,
    { details: { graph: graph.name, tensor: name, lowest, highest } },
  );
}

/** Detections as a task's answer has them. @param boxes `[n, 4]` in pixels of the picture */
export function detectedObjects(
  { scores, classes }: Pick<YoloDetections, "scores" | "classes">,
  boxes: Float32Array,
  names: readonly string[],
): DetectedObject[] {
  return Array.from(scores, (score, i) => {
    const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = boxes.subarray(4 * i, 4 * i + 4);
    return { label: names[classes[i] as number] ?? "", score, box: { x1, y1, x2, y2 } };
  });
}
