import { ModelError } from "../contract/model-error.ts";
import type { ClassifyImageOutput } from "./classify-image.ts";
import type { DescribeImageOutput } from "./describe-image.ts";
import type { DetectedObject, DetectObjectsOutput } from "./detect-objects.ts";
import type { EstimateDepthOutput } from "./estimate-depth.ts";
import type { EstimatePoseOutput } from "./estimate-pose.ts";
import type { MatchImageOutput } from "./match-image.ts";
import type { ScoreImageOutput } from "./score-image.ts";
import type { SegmentImageOutput } from "./segment-image.ts";
import type { PackedMask, SegmentObjectsOutput } from "./segment-objects.ts";
import { type TaskName, type TaskOutput, taskNames } from "./vocabulary.ts";

/**
 * What of an answer can be drawn on its picture, as data: for `drawAnnotations` of `@menagerie/vision`, or for whoever
 * draws otherwise. Its kinds are those of that kit which tasks have had a use for so far.
 */
export type PictureAnnotation =
  /** Left, top, right, bottom in pixels. */
  | {
      readonly kind: "box";
      readonly box: readonly [number, number, number, number];
      readonly label?: string;
      readonly score?: number;
    }
  /** A closed line: x, y, x, y, … in pixels, of two points or more. */
  | { readonly kind: "polygon"; readonly points: readonly number[]; readonly label?: string }
  /** As large as the picture. */
  | { readonly kind: "mask"; readonly mask: PackedMask; readonly label: string; readonly score?: number }
  /** Points in pixels, joined by position. */
  | {
      readonly kind: "keypoints";
      readonly points: readonly { readonly x: number; readonly y: number; readonly score: number }[];
      readonly skeleton: readonly (readonly [number, number])[];
    }
  /** Larger values are nearer and lighter; as large as the picture. */
  | {
      readonly kind: "depth";
      readonly depth: { readonly data: Float32Array; readonly width: number; readonly height: number };
    }
  /** Lines of text below the picture. */
  | { readonly kind: "caption"; readonly text: string }
  /** Labels with bars below the picture, in the order given; scores 0 to 1. */
  | { readonly kind: "classification"; readonly labels: readonly { readonly label: string; readonly score: number }[] };

/** @param picture position of the picture in the task's input, 0 where it takes one */
type Annotator<Name extends TaskName> = (output: TaskOutput<Name>, picture: number) => readonly PictureAnnotation[];

/** Every task says how its answer looks on a picture, or that it looks like nothing. */
const annotators: { readonly [Name in TaskName]: Annotator<Name> | undefined } = {
  "classify-image": labels,
  "describe-image": description,
  "detect-objects": detections,
  "embed-image": undefined,
  "embed-text": undefined,
  "estimate-depth": depth,
  "estimate-pose": poses,
  "match-image": matches,
  "match-video": undefined,
  "score-image": score,
  "segment-image": classes,
  "segment-objects": segments,
  "transcribe-audio": undefined,
};

/** The tasks whose answers can be drawn. */
export const drawableTasks: readonly TaskName[] = taskNames.filter((name) => annotators[name] !== undefined);

/**
 * The annotations that show a task's answer on one of its pictures.
 * @throws ModelError `input_invalid` for a task of which nothing can be drawn, or a picture that the answer does not have
 */
export function annotationsOf<Name extends TaskName>(
  task: Name,
  output: TaskOutput<Name>,
  picture: number = 0,
): readonly PictureAnnotation[] {
  const annotate = annotators[task] as Annotator<Name> | undefined;
  if (annotate !== undefined) return annotate(output, picture);
  throw new ModelError(
    "input_invalid",
    `An answer to ${task} has nothing that can be drawn on a picture; answers to ${drawableTasks.join(" and ")} have.`,
    { details: { task, drawable: drawableTasks } },
  );
}

/** More labels than this say nothing to whoever looks at a picture. */
const mostLabels = 5;

function labels(output: ClassifyImageOutput): readonly PictureAnnotation[] {
  return [{ kind: "classification", labels: output.labels.slice(0, mostLabels) }];
}

/** What a model calls background stays as it is in the picture. */
function classes(output: SegmentImageOutput): readonly PictureAnnotation[] {
  const seen = output.classes.filter(({ label }) => label.toLowerCase() !== "background");
  return seen.map(({ label, mask }) => ({ kind: "mask", mask, label }));
}

/** Places where the text says any, or else the text. */
function description({ text, objects, quads, polygons }: DescribeImageOutput): readonly PictureAnnotation[] {
  if (objects === undefined && quads === undefined && polygons === undefined) return [{ kind: "caption", text }];
  const labelled = (label: string): { label?: string } => (label === "" ? {} : { label });
  return [
    ...(objects ?? []).map(
      ({ label, box: { x1, y1, x2, y2 } }) => ({ kind: "box", box: [x1, y1, x2, y2], ...labelled(label) }) as const,
    ),
    ...(quads ?? []).map((found) => ({ kind: "polygon", points: found.quad, ...labelled(found.text) }) as const),
    ...(polygons ?? []).flatMap((found) =>
      found.polygons
        .filter((points) => points.length >= 4)
        .map((points) => ({ kind: "polygon", points, ...labelled(found.label) }) as const),
    ),
  ];
}

function depth({ depth: bytes, width, height, near }: EstimateDepthOutput): readonly PictureAnnotation[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const sign = near === "larger" ? 1 : -1;
  const data = Float32Array.from({ length: width * height }, (_, i) => sign * view.getFloat32(i * 4, true));
  return [{ kind: "depth", depth: { data, width, height } }];
}

function matches({ per_image }: MatchImageOutput, picture: number): readonly PictureAnnotation[] {
  const found = per_image.find(({ image }) => image === picture);
  if (found === undefined)
    throw new ModelError("input_invalid", `The answer has ${per_image.length} pictures, and none at ${picture}.`);
  const labels = found.matches.slice(0, mostLabels).map(({ label, score }) => ({ label, score }));
  return [{ kind: "classification", labels }];
}

function score(output: ScoreImageOutput): readonly PictureAnnotation[] {
  const { best, worst } = output;
  return [{ kind: "caption", text: `${output.score.toFixed(2)}  (${best} is best, ${worst} is worst)` }];
}

function detections({ objects }: DetectObjectsOutput): readonly PictureAnnotation[] {
  return objects.map(boxOf);
}

/** Masks of another size than the picture's cannot lie on it: their boxes are drawn. */
function segments({ mask_size, objects }: SegmentObjectsOutput): readonly PictureAnnotation[] {
  if (mask_size !== "picture") return objects.map(boxOf);
  return objects.map(({ label, score, mask }) => ({ kind: "mask", mask, label, score }));
}

function poses({ people, skeleton }: EstimatePoseOutput): readonly PictureAnnotation[] {
  return people.flatMap(({ box: { x1, y1, x2, y2 }, keypoints }) => {
    const place = new Map(keypoints.map(({ name }, i) => [name, i]));
    const joined = skeleton.flatMap(([from, to]) => {
      const [a, b] = [place.get(from), place.get(to)];
      return a === undefined || b === undefined ? [] : [[a, b] as const];
    });
    const points = keypoints.map(({ x, y, score }) => ({ x, y, score: Math.min(Math.max(score, 0), 1) }));
    return [
      { kind: "box", box: [x1, y1, x2, y2] },
      { kind: "keypoints", points, skeleton: joined },
    ];
  });
}

function boxOf({ label, score, box: { x1, y1, x2, y2 } }: DetectedObject): PictureAnnotation {
  return { kind: "box", box: [x1, y1, x2, y2], label, score };
}
