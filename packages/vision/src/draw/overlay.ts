import type { Size } from "../geometry/size.ts";
import { maskBox } from "../masks/mask-measures.ts";
import type { BoxAnnotation, DrawableAnnotation, KeypointsAnnotation, PolygonAnnotation } from "./annotation.ts";
import { contrastingColour, cssColour, distinctColour, type Rgb } from "./colour.ts";
import { shortenText, textSvg, textWidth } from "./stroke-font.ts";

/** Measures that follow from the size of what is drawn, in its pixels. */
export interface DrawingScale {
  /** Width of a line. */
  readonly line: number;
  /** Height of a capital letter. */
  readonly text: number;
}

export function drawingScale({ width, height }: Size): DrawingScale {
  const side = Math.sqrt(width * height);
  return { line: Math.max(2, side / 260), text: Math.max(9, side / 62) };
}

/** The colour of each annotation: one for each label, in order of appearance, or one of its own where it has none. */
export function annotationColours(annotations: readonly DrawableAnnotation[]): Rgb[] {
  const known = new Map<string, Rgb>();
  let count = 0;
  return annotations.map((annotation) => {
    const label = "label" in annotation ? annotation.label : undefined;
    const colour = (label === undefined ? undefined : known.get(label)) ?? distinctColour(count++);
    if (label !== undefined) known.set(label, colour);
    return colour;
  });
}

/** What lies over the picture, as SVG elements: lines first, then labels, so that no label is crossed. */
export function overlaySvg(
  annotations: readonly DrawableAnnotation[],
  colours: readonly Rgb[],
  size: Size,
  factor: number,
  scale: DrawingScale,
): string {
  const labels = new LabelPlaces(size, scale);
  let shapes = "";
  for (const [i, annotation] of annotations.entries()) {
    const colour = colours[i] as Rgb;
    switch (annotation.kind) {
      case "box":
        shapes += boxSvg(annotation, colour, factor, scale);
        labels.add(annotation, colour, scaled(annotation.box, factor));
        break;
      case "polygon":
        shapes += polygonSvg(annotation, colour, factor, scale);
        labels.add(annotation, colour, scaled(extent(annotation.points), factor));
        break;
      case "mask": {
        const box = maskBox(annotation.mask);
        if (box !== undefined) labels.add(annotation, colour, scaled(box, factor));
        break;
      }
      case "keypoints":
        shapes += keypointsSvg(annotation, i, factor, scale);
        break;
      default:
    }
  }
  return shapes + labels.svg();
}

type Extent = readonly [left: number, top: number, right: number, bottom: number];

function scaled(box: Extent, factor: number): Extent {
  return [box[0] * factor, box[1] * factor, box[2] * factor, box[3] * factor];
}

function boxSvg({ box }: BoxAnnotation, colour: Rgb, factor: number, { line }: DrawingScale): string {
  const [left, top, right, bottom] = scaled(box, factor);
  const rectangle = `x="${fixed(left)}" y="${fixed(top)}" width="${fixed(Math.max(right - left, 0))}" height="${fixed(Math.max(bottom - top, 0))}" rx="${fixed(line)}"`;
  return haloed((stroke) => `<rect ${rectangle} fill="none" ${stroke}/>`, colour, line);
}

function polygonSvg({ points }: PolygonAnnotation, colour: Rgb, factor: number, { line }: DrawingScale): string {
  const corners = points.map((value) => fixed(value * factor)).join(" ");
  return haloed(
    (stroke) =>
      `<polygon points="${corners}" fill="${cssColour(colour)}" fill-opacity="0.12" stroke-linejoin="round" ${stroke}/>`,
    colour,
    line,
  );
}

/** A dark seam keeps a line visible on a background of its own colour. */
function haloed(shape: (stroke: string) => string, colour: Rgb, line: number): string {
  return (
    shape(`stroke="#000" stroke-opacity="0.4" stroke-width="${fixed(line * 1.8)}"`) +
    shape(`stroke="${cssColour(colour)}" stroke-width="${fixed(line)}"`)
  );
}

function keypointsSvg(annotation: KeypointsAnnotation, person: number, factor: number, { line }: DrawingScale): string {
  const { points, skeleton, minScore = 0.3 } = annotation;
  const isSeen = (i: number): boolean => {
    const point = points[i];
    return point !== undefined && (point.score ?? 1) >= minScore;
  };
  const place = (i: number): [string, string] => [
    fixed((points[i]?.x ?? 0) * factor),
    fixed((points[i]?.y ?? 0) * factor),
  ];
  let svg = "";
  for (const [i, [from, to]] of skeleton.entries()) {
    if (!isSeen(from) || !isSeen(to)) continue;
    const [[x1, y1], [x2, y2]] = [place(from), place(to)];
    const colour = distinctColour(i + person);
    svg += haloed(
      (stroke) => `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke-linecap="round" ${stroke}/>`,
      colour,
      line * 1.2,
    );
  }
  for (const i of points.keys()) {
    if (!isSeen(i)) continue;
    const [x, y] = place(i);
    svg +=
      `<circle cx="${x}" cy="${y}" r="${fixed(line * 1.9)}" fill="#000" fill-opacity="0.45"/>` +
      `<circle cx="${x}" cy="${y}" r="${fixed(line * 1.5)}" fill="${cssColour(distinctColour(i + person))}" stroke="#fff" stroke-width="${fixed(line * 0.5)}"/>`;
  }
  return svg;
}

function extent(points: readonly number[]): Extent {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i + 1 < points.length; i += 2) {
    const [x, y] = [points[i] as number, points[i + 1] as number];
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  return [left, top, right, bottom];
}

/** Finds each label a place where it covers no other one, if there is one. */
class LabelPlaces {
  readonly #size: Size;
  readonly #scale: DrawingScale;
  readonly #taken: Extent[] = [];
  #svg = "";

  constructor(size: Size, scale: DrawingScale) {
    this.#size = size;
    this.#scale = scale;
  }

  svg(): string {
    return this.#svg;
  }

  add(
    annotation: { readonly label?: string | undefined; readonly score?: number | undefined },
    colour: Rgb,
    box: Extent,
  ): void {
    const text = labelText(annotation);
    if (text === "") return;
    const { text: capital, line } = this.#scale;
    const padding = capital * 0.5;
    const shown = shortenText(text, Math.max(this.#size.width - 2 * padding, capital), capital);
    const width = textWidth(shown, capital) + 2 * padding;
    const height = capital * 1.9;
    const place = this.#place(box, width, height, line);
    this.#taken.push(place);
    const [left, top] = place;
    this.#svg +=
      `<rect x="${fixed(left)}" y="${fixed(top)}" width="${fixed(width)}" height="${fixed(height)}" rx="${fixed(capital * 0.35)}" ` +
      `fill="${cssColour(colour)}" stroke="#000" stroke-opacity="0.35" stroke-width="${fixed(line * 0.4)}"/>` +
      textSvg(shown, left + padding, top + capital * 0.45, capital, cssColour(contrastingColour(colour)));
  }

  #place([boxLeft, boxTop, boxRight, boxBottom]: Extent, width: number, height: number, line: number): Extent {
    const half = line / 2;
    const corners: [number, number][] = [
      [boxLeft - half, boxTop - height - half],
      [boxLeft + line, boxTop + line],
      [boxLeft - half, boxBottom + half],
      [boxRight + half - width, boxTop - height - half],
      [boxRight - line - width, boxBottom - line - height],
    ];
    let best: Extent = [0, 0, width, height];
    let least = Number.POSITIVE_INFINITY;
    for (const [x, y] of corners) {
      const left = Math.min(Math.max(x, 0), Math.max(this.#size.width - width, 0));
      const top = Math.min(Math.max(y, 0), Math.max(this.#size.height - height, 0));
      const candidate: Extent = [left, top, left + width, top + height];
      const moved = Math.abs(left - x) + Math.abs(top - y);
      const cost = this.#taken.reduce((sum, other) => sum + overlap(candidate, other), 0) + moved * 0.5;
      if (cost < least) [best, least] = [candidate, cost];
    }
    return best;
  }
}

function labelText({
  label = "",
  score,
}: {
  readonly label?: string | undefined;
  readonly score?: number | undefined;
}): string {
  return score === undefined ? label : `${label} ${score.toFixed(2)}`.trim();
}

function overlap(a: Extent, b: Extent): number {
  return (
    Math.max(0, Math.min(a[2], b[2]) - Math.max(a[0], b[0])) * Math.max(0, Math.min(a[3], b[3]) - Math.max(a[1], b[1]))
  );
}

/** Two decimals, and nothing so far away that a renderer's own numbers overflow. */
export function fixed(value: number): string {
  return String(Math.round(Math.min(Math.max(value, -1e6), 1e6) * 100) / 100);
}
