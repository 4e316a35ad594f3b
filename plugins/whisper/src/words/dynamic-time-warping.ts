/** Rows and columns of a path through a matrix, in order, the same number of both. */
export interface WarpedPath {
  readonly rows: Int32Array;
  readonly columns: Int32Array;
}

/** Where a step came from. */
const diagonal = 0;
const rowBefore = 1;
const columnBefore = 2;

/**
 * The cheapest monotonic path from the first to the last cell of a matrix: openai/whisper's `dtw_cpu`. Costs are summed in
 * float64 and kept in float32 as there, and of equal ways the one from the column before is taken.
 * @param costs float32 `[rows, columns]`
 */
export function dynamicTimeWarping(costs: Float32Array, rows: number, columns: number): WarpedPath {
  const trace = new Uint8Array((rows + 1) * (columns + 1));
  // One column of sums at a time: the one before and the one under way.
  let before = new Float32Array(rows + 1).fill(Number.POSITIVE_INFINITY);
  before[0] = 0;
  for (let column = 1; column <= columns; column++) {
    const sums = new Float32Array(rows + 1).fill(Number.POSITIVE_INFINITY);
    for (let row = 1; row <= rows; row++) {
      const across = before[row - 1] as number;
      const down = sums[row - 1] as number;
      const along = before[row] as number;
      const from =
        across < down && across < along ? diagonal : down < across && down < along ? rowBefore : columnBefore;
      const least = from === diagonal ? across : from === rowBefore ? down : along;
      sums[row] = (costs[(row - 1) * columns + column - 1] as number) + least;
      trace[row * (columns + 1) + column] = from;
    }
    before = sums;
  }
  return backwards(trace, rows, columns);
}

function backwards(trace: Uint8Array, rows: number, columns: number): WarpedPath {
  const path: [row: number, column: number][] = [];
  let [row, column] = [rows, columns];
  while (row > 0 || column > 0) {
    path.push([row - 1, column - 1]);
    const from = row === 0 ? columnBefore : column === 0 ? rowBefore : trace[row * (columns + 1) + column];
    if (from !== columnBefore) row--;
    if (from !== rowBefore) column--;
  }
  path.reverse();
  return { rows: Int32Array.from(path, ([at]) => at), columns: Int32Array.from(path, ([, at]) => at) };
}
