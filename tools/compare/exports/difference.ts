import type { ExpectedAnswer } from "./export-case.ts";

interface Found {
  readonly labels?: readonly { readonly label: string; readonly score: number }[];
  readonly per_image?: readonly { readonly matches: readonly { readonly label: string; readonly score: number }[] }[];
  readonly objects?: readonly FoundObject[];
  readonly embedding?: readonly number[];
  readonly text?: string;
  readonly depth?: string;
  readonly classes?: readonly { readonly label: string; readonly coverage: number }[];
  readonly people?: readonly { readonly keypoints: readonly { x: number; y: number; score: number }[] }[];
}

interface FoundObject {
  readonly label: string;
  readonly score: number;
  readonly box: { readonly x1: number; readonly y1: number; readonly x2: number; readonly y2: number };
  readonly area?: number;
}

/** The largest difference between an answer and the tool's own, or a sentence where they are of different shapes. */
export function differenceOf(output: unknown, expected: ExpectedAnswer): number | string {
  const found = output as Found;
  if (expected.labels !== undefined) {
    const scores = new Map((found.labels ?? found.per_image?.[0]?.matches)?.map(({ label, score }) => [label, score]));
    return largest(Object.entries(expected.labels), ([label, score]) => Math.abs((scores.get(label) ?? NaN) - score));
  }
  if (expected.objects !== undefined) return ofObjects(found.objects ?? [], expected.objects);
  if (expected.embedding !== undefined) return ofNumbers(found.embedding ?? [], expected.embedding);
  if (expected.depth !== undefined) return ofNumbers(floats(found.depth ?? ""), expected.depth);
  if (expected.keypoints !== undefined) {
    const points = found.people?.[0]?.keypoints.flatMap(({ x, y, score }) => [x, y, score]) ?? [];
    return ofNumbers(points, expected.keypoints.flat());
  }
  if (expected.coverage !== undefined) {
    const shares = new Map(found.classes?.map(({ label, coverage }) => [label, coverage]));
    return largest(Object.entries(expected.coverage), ([label, share]) => Math.abs((shares.get(label) ?? 0) - share));
  }
  if (expected.text !== undefined)
    return found.text === expected.text ? 0 : `${JSON.stringify(found.text)}, not ${JSON.stringify(expected.text)}`;
  return "nothing to compare with";
}

function largest<T>(values: readonly T[], of: (value: T) => number): number {
  return values.reduce((most, value) => Math.max(most, of(value)), 0);
}

function ofNumbers(found: ArrayLike<number>, expected: readonly number[]): number | string {
  if (found.length !== expected.length) return `${found.length} numbers, not ${expected.length}`;
  return largest([...expected.keys()], (i) => Math.abs((found[i] as number) - (expected[i] as number)));
}

/** Boxes count as a thousandth of a pixel each, masks as the share of their area. */
function ofObjects(found: readonly FoundObject[], expected: NonNullable<ExpectedAnswer["objects"]>): number | string {
  if (found.length !== expected.length) return `${found.length} objects, not ${expected.length}`;
  return largest([...expected.keys()], (i) => {
    const [one, other] = [found[i] as FoundObject, expected[i] as (typeof expected)[number]];
    if (one.label !== other.label) return Number.POSITIVE_INFINITY;
    const { x1, y1, x2, y2 } = one.box;
    const boxes = ofNumbers([x1, y1, x2, y2], other.box) as number;
    const area = other.area === undefined ? 0 : Math.abs((one.area ?? NaN) - other.area) / Math.max(1, other.area);
    return Math.max(Math.abs(one.score - other.score), boxes / 1000, area / 10);
  });
}

function floats(base64: string): Float32Array {
  const bytes = Buffer.from(base64, "base64");
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
