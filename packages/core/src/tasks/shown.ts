/**
 * How a value of an answer looks on the picture that was asked about; the keyword `shown` of its schema. `label` (or
 * `text`) and `score` of the nearest object around it are drawn beside it.
 *
 * | shown | its value |
 * | --- | --- |
 * | `box` | `{ x1, y1, x2, y2 }`, or `[x1, y1, x2, y2]`, in pixels |
 * | `polygon` | x, y, x, y, … in pixels |
 * | `mask` | COCO's compressed run lengths, `{ size: [height, width], counts }`; stands in place of a box beside it |
 * | `keypoints` | a list of `{ name, x, y, score }` |
 * | `depth` | float32 bytes beside `width` and `height`, or a tensor `[height, width]`; `near: smaller` beside it turns it round |
 * | `classification` | a list of `{ label, score }`, best first |
 * | `caption` | a text, or any object with `text`, the sentence in which its fields stand |
 */
export type ShownAs = "box" | "polygon" | "mask" | "keypoints" | "depth" | "classification" | "caption";

/** `shown` with what it depends on. */
export interface Shown {
  readonly as: ShownAs;
  /** Fields of the answer that must have these values. */
  readonly where?: Readonly<Record<string, unknown>>;
  /** Fields of the answer that must not be there. */
  readonly unless?: readonly string[];
  /** Field beside it that says which of several pictures it is of, by position. */
  readonly picture?: string;
  /** Of keypoints: field of the answer with pairs of names that are joined. */
  readonly skeleton?: string;
  /** Of a caption: `{name}` stands for a field, `{name:2}` for a number with two decimals. */
  readonly text?: string;
}

const kinds: readonly string[] = ["box", "polygon", "mask", "keypoints", "depth", "classification", "caption"];
const isText = (value: unknown): boolean => typeof value === "string";
const isRecord = (value: unknown): boolean => typeof value === "object" && value !== null && !Array.isArray(value);
const keys: Readonly<Record<keyof Shown, (value: unknown) => boolean>> = {
  as: (value) => kinds.includes(value as string),
  where: isRecord,
  unless: (value) => Array.isArray(value) && value.every(isText),
  picture: isText,
  skeleton: isText,
  text: isText,
};

/** What a schema's `shown` says; undefined where it has none, or one that is none. */
export function shownOf({ shown }: Readonly<Record<string, unknown>>): Shown | undefined {
  if (!isShown(shown)) return undefined;
  return typeof shown === "string" ? { as: shown } : shown;
}

/** True for what `shown` may hold. */
export function isShown(value: unknown): value is ShownAs | Shown {
  if (typeof value === "string") return kinds.includes(value);
  if (!isRecord(value) || (value as Partial<Shown>).as === undefined) return false;
  return Object.entries(value as object).every(
    ([key, held]) => Object.hasOwn(keys, key) && keys[key as keyof Shown](held),
  );
}
