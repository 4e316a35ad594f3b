import type { FloatPlane } from "../float-plane.ts";
import type { Mask } from "../masks/mask.ts";
import type { RunLengths } from "../masks/run-lengths.ts";

/** What can be drawn on a picture. Coordinates are pixels of the upright picture; scores lie in 0..1. */
export type Annotation =
  | BoxAnnotation
  | PolygonAnnotation
  | MaskAnnotation
  | KeypointsAnnotation
  | DepthAnnotation
  | SegmentationAnnotation
  | ClassificationAnnotation
  | CaptionAnnotation;

interface Labelled {
  /** What it is; equal labels get equal colours. */
  readonly label?: string | undefined;
  readonly score?: number | undefined;
}

export interface BoxAnnotation extends Labelled {
  readonly kind: "box";
  /** Left, top, right, bottom. */
  readonly box: readonly [number, number, number, number];
}

/** A closed line: the quadrangle of a text, the outline of a region. */
export interface PolygonAnnotation extends Labelled {
  readonly kind: "polygon";
  /** x, y, x, y, … of at least two points. */
  readonly points: readonly number[];
}

export interface MaskAnnotation extends Labelled {
  readonly kind: "mask";
  /** As large as the picture; run lengths are decoded. */
  readonly mask: Mask | RunLengths;
}

/** An annotation whose mask can be painted. */
export type DrawableAnnotation = Exclude<Annotation, MaskAnnotation> | DrawableMask;

export interface DrawableMask extends MaskAnnotation {
  readonly mask: Mask;
}

export interface Keypoint {
  readonly x: number;
  readonly y: number;
  readonly score?: number | undefined;
}

export interface KeypointsAnnotation {
  readonly kind: "keypoints";
  readonly points: readonly Keypoint[];
  /** Pairs of points that are joined, by position. */
  readonly skeleton: readonly (readonly [number, number])[];
  /** Points below are left out, and so are the lines to them; default: 0.3. */
  readonly minScore?: number | undefined;
}

/** Larger values are nearer and lighter. The map is drawn in the picture's place. */
export interface DepthAnnotation {
  readonly kind: "depth";
  /** As large as the picture. */
  readonly depth: FloatPlane;
}

export interface SegmentationAnnotation {
  readonly kind: "segmentation";
  /** The class of each pixel, `[height, width]`, as large as the picture. */
  readonly classes: Mask;
  /** Name of each class; the colour follows from the position. */
  readonly names: readonly string[];
  /** Classes that are left as they are in the picture, like a background. */
  readonly unpainted?: readonly number[] | undefined;
}

/** Labels with bars below the picture, in the order given. */
export interface ClassificationAnnotation {
  readonly kind: "classification";
  readonly labels: readonly { readonly label: string; readonly score: number }[];
}

/** Lines of text below the picture. */
export interface CaptionAnnotation {
  readonly kind: "caption";
  readonly text: string;
}
