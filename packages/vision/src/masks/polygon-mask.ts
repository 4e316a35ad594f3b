import { ModelError } from "@menagerie/core";
import type { Size } from "../geometry/size.ts";
import { checkSides } from "../picture-sides.ts";
import type { Mask } from "./mask.ts";

interface Edge {
  /** Position in the outline: earlier edges settle a corner. */
  readonly order: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  /** Columns per row, and where the edge starts. */
  readonly slope: number;
  readonly x: number;
  readonly y: number;
}

/** Coordinates further away are taken to be here: nothing of the picture is. */
const farthest = 1_000_000;

/**
 * The pixels of polygons, which may lie over each other, as Pillow's `ImageDraw.polygon(…, fill=1)` paints them one
 * after the other: corners cut to integers, even-odd, the border belongs to it.
 *
 * @param polygons x, y, x, y, … of each; those of fewer than two points paint nothing
 * @throws ModelError `input_invalid` for a coordinate that is no number, or half a point
 */
export function polygonMask(polygons: readonly (readonly number[])[], { width, height }: Size): Mask {
  const mask: Mask = { data: new Uint8Array(checkSides(width, height)), width, height };
  for (const [i, points] of polygons.entries()) {
    if (points.length % 2 !== 0 || !points.every(Number.isFinite))
      throw new ModelError(
        "input_invalid",
        `Polygon ${i + 1} has ${points.length} coordinates, or one that is no number.`,
      );
    if (points.length >= 4) fill(mask, points);
  }
  return mask;
}

function fill(mask: Mask, points: readonly number[]): void {
  const edges = edgesOf(points.map((value) => Math.trunc(Math.min(Math.max(value, -farthest), farthest))));
  const slanted = edges.filter((edge) => edge.top !== edge.bottom);
  for (const edge of edges) if (edge.top === edge.bottom) paint(mask, edge.top, edge.left, edge.right);
  const lowest = edges.reduce((most, edge) => Math.max(most, edge.bottom), 0);
  const last = Math.min(lowest, mask.height);
  const first = edges.reduce((least, edge) => Math.min(least, edge.top), mask.height - 1);
  const starts = Map.groupBy(slanted, (edge) => Math.max(edge.top, 0));
  let active: Edge[] = [];
  for (let y = Math.max(first, 0); y <= last; y++) {
    const added = starts.get(y) ?? [];
    if (added.length > 0) active = [...active, ...added].sort((a, b) => a.order - b.order);
    active = active.filter((edge) => edge.bottom >= y);
    const crossings = crossingsAt(active, y, last);
    for (let i = 1; i < crossings.length; i += 2) {
      paint(mask, y, roundAway(crossings[i - 1] as number), roundTowards(crossings[i] as number));
    }
  }
}

/** Sets the pixels of a row from one to another, both included, as far as they are in the picture. */
function paint({ data, width, height }: Mask, y: number, from: number, to: number): void {
  if (y < 0 || y >= height || to < 0 || from >= width || to < from) return;
  data.fill(1, y * width + Math.max(from, 0), y * width + Math.min(to, width - 1) + 1);
}

function edgesOf(points: readonly number[]): Edge[] {
  const edges: Edge[] = [];
  const count = points.length / 2;
  const at = (i: number): [number, number] => [points[2 * i] as number, points[2 * i + 1] as number];
  const isClosed = at(count - 1)[0] === at(0)[0] && at(count - 1)[1] === at(0)[1];
  for (let i = 0; i < (isClosed ? count - 1 : count); i++) {
    const edge = edgeBetween(at(i), at((i + 1) % count), i);
    const previous = edges.at(-1);
    // Level edges that run on in one direction are one edge.
    const runsOn =
      previous !== undefined &&
      i < count - 1 &&
      edge.top === edge.bottom &&
      previous.top === previous.bottom &&
      (at(i + 1)[0] - at(i)[0]) * (at(i)[0] - at(i - 1)[0]) > 0;
    if (!runsOn) edges.push(edge);
    else
      edges[edges.length - 1] = {
        ...previous,
        left: Math.min(previous.left, edge.left),
        right: Math.max(previous.right, edge.right),
      };
  }
  return edges;
}

function edgeBetween([x0, y0]: readonly [number, number], [x1, y1]: readonly [number, number], order: number): Edge {
  return {
    order,
    left: Math.min(x0, x1),
    right: Math.max(x0, x1),
    top: Math.min(y0, y1),
    bottom: Math.max(y0, y1),
    slope: y0 === y1 ? 0 : Math.fround((x1 - x0) / (y1 - y0)),
    x: x0,
    y: y0,
  };
}

/**
 * Where edges cross a row that they all reach, from the left. An edge's lower end counts twice, so that the next edge pairs with it. Two flat
 * edges that meet in a corner leave its row apart from the one beside it; the corner is then drawn out to where they go.
 */
function crossingsAt(edges: readonly Edge[], y: number, last: number): number[] {
  const crossings: number[] = [];
  for (const [i, edge] of edges.entries()) {
    const x = columnAt(edge, y);
    const isTwice = y === edge.bottom && y < last;
    crossings.push(isTwice || !isEnd(edge, y) ? x : drawnOut(x, edge, edges.slice(0, i), y));
    if (isTwice) crossings.push(x);
  }
  return crossings.sort((a, b) => a - b);
}

/** A corner at `x`, moved to beside where both of its edges are on the row next to it, if that is further than a pixel. */
function drawnOut(x: number, edge: Edge, others: readonly Edge[], y: number): number {
  const next = y === edge.bottom ? y - 1 : y + 1;
  const partner = others.find(
    (other) =>
      isEnd(other, y) && roundAway(columnAt(other, y)) === roundAway(x) && next >= other.top && next <= other.bottom,
  );
  if (partner === undefined) return x;
  const [a, b] = [columnAt(edge, next), columnAt(partner, next)];
  if (x > a + 1 && x > b + 1) return roundAway(Math.max(a, b)) + 1;
  if (x < a - 1 && x < b - 1) return roundAway(Math.min(a, b)) - 1;
  return x;
}

/** True in the first and last row of an edge that is not upright. */
function isEnd(edge: Edge, y: number): boolean {
  return edge.slope !== 0 && (y === edge.top || y === edge.bottom);
}

function columnAt(edge: Edge, y: number): number {
  return Math.fround(Math.fround((y - edge.y) * edge.slope) + edge.x);
}

function roundAway(value: number): number {
  return value >= 0 ? Math.floor(value + 0.5) : -Math.floor(-value + 0.5);
}

function roundTowards(value: number): number {
  return value >= 0 ? Math.ceil(value - 0.5) : -Math.ceil(-value - 0.5);
}
