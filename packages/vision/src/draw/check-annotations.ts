import { ModelError } from "@menagerie/core";
import type { Size } from "../geometry/size.ts";
import { checkSides } from "../picture-sides.ts";
import type { RgbImage } from "../rgb-image.ts";
import type { DrawableAnnotation } from "./annotation.ts";

const mostAnnotations = 2000;
/** Points, lines or labels of one annotation. */
const mostParts = 5000;

/** @throws ModelError `input_invalid` for too many annotations, or for the first annotation that cannot be drawn on the picture */
export function checkAnnotations(picture: RgbImage, annotations: readonly DrawableAnnotation[]): void {
  if (picture.data.length !== checkSides(picture.width, picture.height) * 3)
    throw new ModelError(
      "input_invalid",
      `A picture of ${picture.width} x ${picture.height} pixels cannot have ${picture.data.length} bytes.`,
    );
  if (annotations.length > mostAnnotations)
    throw new ModelError(
      "input_invalid",
      `${annotations.length} annotations are more than anyone can see; ${mostAnnotations} are the limit. Keep the best.`,
    );
  for (const [i, annotation] of annotations.entries()) {
    const problem = problemOf(picture, annotation);
    if (problem === undefined) continue;
    throw new ModelError("input_invalid", `Annotation ${i + 1}, a ${annotation.kind}, ${problem}.`, {
      details: { index: i },
    });
  }
}

function problemOf(picture: Size, annotation: DrawableAnnotation): string | undefined {
  switch (annotation.kind) {
    case "box":
      return coordinates(annotation.box, 4) ?? score(annotation.score);
    case "polygon":
      if (annotation.points.length > 2 * mostParts) return tooMany("points");
      return (
        (annotation.points.length < 4 || annotation.points.length % 2 !== 0
          ? `has ${annotation.points.length} coordinates, and needs an even number from 4 on`
          : coordinates(annotation.points, annotation.points.length)) ?? score(annotation.score)
      );
    case "mask":
      return plane(picture, annotation.mask) ?? score(annotation.score);
    case "segmentation":
      return plane(picture, annotation.classes);
    case "depth":
      return plane(picture, annotation.depth);
    case "keypoints":
      if (Math.max(annotation.points.length, annotation.skeleton.length) > mostParts) return tooMany("points or lines");
      return coordinates(
        annotation.points.flatMap(({ x, y }) => [x, y]),
        2 * annotation.points.length,
      );
    case "classification":
      if (annotation.labels.length > mostParts) return tooMany("labels");
      return annotation.labels.map((entry) => score(entry.score)).find((problem) => problem !== undefined);
    case "caption":
      return annotation.text.length > 10_000 ? "has more than 10,000 characters" : undefined;
  }
}

function tooMany(what: string): string {
  return `has more than ${mostParts} ${what}`;
}

function coordinates(values: readonly number[], count: number): string | undefined {
  if (values.length !== count) return `has ${values.length} coordinates, and needs ${count}`;
  return values.every(Number.isFinite) ? undefined : "has a coordinate that is no number";
}

function score(value: number | undefined): string | undefined {
  return value === undefined || Number.isFinite(value) ? undefined : "has a score that is no number";
}

function plane(
  { width, height }: Size,
  other: Size & { readonly data: { readonly length: number } },
): string | undefined {
  if (other.width === width && other.height === height && other.data.length === width * height) return undefined;
  return `has ${other.width} x ${other.height} values, and the picture ${width} x ${height} pixels`;
}
