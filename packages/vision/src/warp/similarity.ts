import { ModelError } from "@menagerie/core";

/** `x' = a x + b y + c`, `y' = d x + e y + f`: the rows of a 2 x 3 matrix, one after the other. */
export type AffineMatrix = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/**
 * The rotation, scale and shift (no reflection) that bring `from` nearest to `to` by least squares.
 *
 * Umeyama's solution (IEEE PAMI 13, 1991), as skimage's `SimilarityTransform` estimates it; in two dimensions it has the
 * closed form that is used here.
 * @param from points `[n, 2]` as x, y
 * @throws ModelError `input_invalid` unless there are as many points as in `to`, at least two of them apart
 */
export function similarityBetween(from: ArrayLike<number>, to: ArrayLike<number>): AffineMatrix {
  const count = from.length / 2;
  if (from.length !== to.length || count < 2 || from.length % 2 !== 0)
    throw new ModelError(
      "input_invalid",
      `A similarity needs two lists of equally many points, not ${from.length} and ${to.length} coordinates.`,
    );
  const [fromX, fromY] = centre(from);
  const [toX, toY] = centre(to);
  let cosine = 0;
  let sine = 0;
  let variance = 0;
  for (let i = 0; i < from.length; i += 2) {
    const [x, y] = [(from[i] as number) - fromX, (from[i + 1] as number) - fromY];
    const [u, v] = [(to[i] as number) - toX, (to[i + 1] as number) - toY];
    cosine += x * u + y * v;
    sine += x * v - y * u;
    variance += x * x + y * y;
  }
  const [a, b] = [cosine / variance, sine / variance];
  if (!(variance > 0) || !Number.isFinite(a + b))
    throw new ModelError("input_invalid", "The points of a similarity must be numbers, and not all in one place.");
  return [a, -b, toX - a * fromX + b * fromY, b, a, toY - b * fromX - a * fromY];
}

function centre(points: ArrayLike<number>): [number, number] {
  let [x, y] = [0, 0];
  for (let i = 0; i < points.length; i += 2) {
    x += points[i] as number;
    y += points[i + 1] as number;
  }
  const count = points.length / 2;
  return [x / count, y / count];
}
