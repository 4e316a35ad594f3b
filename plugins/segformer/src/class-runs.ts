import type { ClassMap } from "@menagerie/vision";

/**
 * COCO's run lengths (down the columns, zeros first) of every class of a map, all in one pass: what `encodeRuns` gives for
 * the mask of each class.
 */
export function classRuns({ data, width, height }: ClassMap): Map<number, number[]> {
  const runs = new Map<number, { counts: number[]; end: number }>();
  let current = -1;
  let start = 0;
  const finish = (position: number): void => {
    if (current < 0) return;
    const known = runs.get(current) ?? { counts: [], end: 0 };
    known.counts.push(start - known.end, position - start);
    known.end = position;
    runs.set(current, known);
  };
  let position = 0;
  for (let x = 0; x < width; x++) {
    for (let at = x; at < data.length; at += width, position++) {
      const found = data[at] as number;
      if (found === current) continue;
      finish(position);
      current = found;
      start = position;
    }
  }
  finish(position);
  const pixels = width * height;
  return new Map(
    [...runs].map(([index, { counts, end }]) => [index, end === pixels ? counts : [...counts, pixels - end]]),
  );
}
