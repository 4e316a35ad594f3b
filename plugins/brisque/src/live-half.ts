/** A plane of float64. */
export interface Plane {
  readonly data: Float64Array;
  readonly width: number;
  readonly height: number;
}

/**
 * MATLAB's imresize by a half, rounded down: bicubic widened by the scale, ends mirrored with their last pixel twice. In
 * float32 throughout, as piq resizes whatever it is given.
 * @returns undefined where a side of the half would be shorter than 2
 */
export function halved({ data, width, height }: Plane): Plane | undefined {
  const [newWidth, newHeight] = [Math.floor(width / 2), Math.floor(height / 2)];
  if (newWidth < 2 || newHeight < 2) return undefined;
  const rows = tapsOf(height, newHeight);
  const columns = tapsOf(width, newWidth);
  const upright = new Float32Array(width * newHeight);
  for (let y = 0; y < newHeight; y++)
    for (let x = 0; x < width; x++) upright[y * width + x] = weighted(rows, y, (index) => data[index * width + x]);
  const result = new Float64Array(newWidth * newHeight);
  for (let y = 0; y < newHeight; y++)
    for (let x = 0; x < newWidth; x++)
      result[y * newWidth + x] = weighted(columns, x, (index) => upright[y * width + index]);
  return { data: result, width: newWidth, height: newHeight };
}

/** What each place of an axis is made of: `count` neighbours, one place after the other. */
interface Taps {
  readonly count: number;
  readonly indices: Int32Array;
  readonly weights: Float32Array;
}

const f = Math.fround;

function weighted({ count, indices, weights }: Taps, place: number, at: (index: number) => number | undefined): number {
  let sum = 0;
  for (let k = place * count; k < (place + 1) * count; k++)
    sum = f(sum + f((weights[k] as number) * (at(indices[k] as number) as number)));
  return sum;
}

function tapsOf(from: number, to: number): Taps {
  const scale = to / from;
  const count = Math.ceil(4 / scale) + 2;
  const indices = new Int32Array(to * count);
  const weights = new Float32Array(to * count);
  for (let i = 0; i < to; i++) {
    const position = f(f(f(i + 0.5) / f(scale)) - 0.5);
    const first = Math.floor(position) - Math.floor(count / 2) + 1;
    const distance = f(position - first);
    let sum = 0;
    for (let k = 0; k < count; k++) {
      const weight = cubic(f(f(distance - k) * f(scale)));
      indices[i * count + k] = mirrored(first + k, from);
      weights[i * count + k] = weight;
      sum = f(sum + weight);
    }
    for (let k = i * count; k < (i + 1) * count; k++) weights[k] = (weights[k] as number) / sum;
  }
  return { count, indices, weights };
}

function mirrored(index: number, length: number): number {
  const inside = index < 0 ? -index - 1 : index >= length ? 2 * length - index - 1 : index;
  return Math.min(Math.max(inside, 0), length - 1);
}

/** Keys' kernel with a = -0.5. */
function cubic(x: number): number {
  const a = Math.abs(x);
  const square = f(a * a);
  const cube = f(a * square);
  if (a <= 1) return f(f(f(1.5 * cube) - f(2.5 * square)) + 1);
  return a <= 2 ? f(f(f(f(-0.5 * cube) + f(2.5 * square)) - f(4 * a)) + 2) : 0;
}
