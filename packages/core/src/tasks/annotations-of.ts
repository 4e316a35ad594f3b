import type { JsonSchema } from "../contract/json-schema.ts";
import { ModelError } from "../contract/model-error.ts";
import { tensorOf } from "./answer-tensor.ts";
import type { RegisteredTask } from "./registered-task.ts";
import { type PlacedValue, placesIn, schemasIn } from "./schema-places.ts";
import type { PackedMask } from "./segment-objects.ts";
import { type Shown, type ShownAs, shownOf } from "./shown.ts";

/**
 * What of an answer can be drawn on its picture, as data: for `drawAnnotations` of `@menagerie/vision`, or for whoever
 * draws otherwise. Its kinds are those of that kit which tasks have had a use for so far.
 */
export type PictureAnnotation =
  /** Left, top, right, bottom in pixels. */
  | {
      readonly kind: "box";
      readonly box: readonly [number, number, number, number];
      readonly label?: string;
      readonly score?: number;
    }
  /** A closed line: x, y, x, y, … in pixels, of two points or more. */
  | { readonly kind: "polygon"; readonly points: readonly number[]; readonly label?: string }
  /** As large as the picture. */
  | { readonly kind: "mask"; readonly mask: PackedMask; readonly label: string; readonly score?: number }
  /** Points in pixels, joined by position. */
  | {
      readonly kind: "keypoints";
      readonly points: readonly { readonly x: number; readonly y: number; readonly score: number }[];
      readonly skeleton: readonly (readonly [number, number])[];
    }
  /** Larger values are nearer and lighter; as large as the picture. */
  | {
      readonly kind: "depth";
      readonly depth: { readonly data: Float32Array; readonly width: number; readonly height: number };
    }
  /** Lines of text below the picture. */
  | { readonly kind: "caption"; readonly text: string }
  /** Labels with bars below the picture, in the order given; scores 0 to 1. */
  | { readonly kind: "classification"; readonly labels: readonly { readonly label: string; readonly score: number }[] };

/** Whether answers to the task can be drawn: it is asked about a picture, and its schema says what is shown. */
export function isDrawable(task: RegisteredTask): boolean {
  return task.positional?.kind === "image" && hasShown(task.document.output);
}

function hasShown(output: JsonSchema): boolean {
  return [...schemasIn(output)].some((schema) => shownOf(schema) !== undefined);
}

/**
 * The annotations that show a task's answer on one of its pictures, as the `shown` keywords of its schema say.
 * @param picture position of the picture in the task's input, 0 where it takes one
 * @throws ModelError `input_invalid` for a task of which nothing can be drawn, or a picture that the answer does not have
 */
export function annotationsOf(task: RegisteredTask, output: unknown, picture = 0): readonly PictureAnnotation[] {
  const { output: schema } = task.document;
  if (!isDrawable(task))
    throw new ModelError(
      "input_invalid",
      `An answer to ${task.name} has nothing that can be drawn on a picture: no part of its schema says how it is shown.`,
      { details: { task: task.name } },
    );
  const places = [...placesIn(schema, output)].flatMap((place) => {
    const shown = shownOf(place.schema);
    return shown === undefined || !isMeant(shown, output) ? [] : [{ ...place, shown }];
  });
  const masked = new Set(places.filter(({ shown }) => shown.as === "mask").map(({ holders }) => holders.at(-1)));
  const drawn = places.filter(({ shown, holders }) => shown.as !== "box" || !masked.has(holders.at(-1)));
  return drawn
    .filter((place) => isOf(place, picture, drawn))
    .flatMap((place) => annotators[place.shown.as](place, output as Readonly<Record<string, unknown>>));
}

type ShownPlace = PlacedValue & { readonly shown: Shown };

/** Whether what the keyword depends on holds of this answer. */
function isMeant({ where = {}, unless = [] }: Shown, output: unknown): boolean {
  const fields = output as Readonly<Record<string, unknown>>;
  return (
    Object.entries(where).every(([key, value]) => fields[key] === value) &&
    unless.every((key) => fields[key] === undefined)
  );
}

/** Whether a place is of that picture, where the answer is about several. */
function isOf({ shown, holders }: ShownPlace, picture: number, places: readonly ShownPlace[]): boolean {
  const { picture: key } = shown;
  if (key === undefined) return true;
  const positions = places.filter((place) => place.shown.picture === key).map((place) => field(place.holders, key));
  if (positions.includes(picture)) return field(holders, key) === picture;
  throw new ModelError("input_invalid", `The answer has ${positions.length} pictures, and none at ${picture}.`);
}

/** More labels than this say nothing to whoever looks at a picture. */
const mostLabels = 5;

type Annotator = (place: ShownPlace, output: Readonly<Record<string, unknown>>) => readonly PictureAnnotation[];

const annotators: Readonly<Record<ShownAs, Annotator>> = {
  box: ({ value, holders }) => {
    const edges = edgesOf(value);
    return edges === undefined ? [] : [{ kind: "box", box: edges, ...labelled(holders), ...scored(holders) }];
  },
  polygon: ({ value, holders }) => {
    const points = value as readonly number[];
    return points.length < 4 ? [] : [{ kind: "polygon", points, ...labelled(holders) }];
  },
  mask: ({ value, holders }) => {
    const { label = "" } = labelled(holders);
    // What a model calls background stays as it is in the picture.
    if (label.toLowerCase() === "background") return [];
    return [{ kind: "mask", mask: value as PackedMask, label, ...scored(holders) }];
  },
  keypoints: ({ value, shown }, output) => {
    const points = value as readonly { name?: string; x: number; y: number; score?: number }[];
    const place = new Map(points.map(({ name }, i) => [name, i]));
    const pairs = shown.skeleton === undefined ? [] : ((output[shown.skeleton] ?? []) as readonly [string, string][]);
    const skeleton = pairs.flatMap(([from, to]) => {
      const [a, b] = [place.get(from), place.get(to)];
      return a === undefined || b === undefined ? [] : [[a, b] as const];
    });
    const clamped = points.map(({ x, y, score = 1 }) => ({ x, y, score: Math.min(Math.max(score, 0), 1) }));
    return [{ kind: "keypoints", points: clamped, skeleton }];
  },
  depth: ({ value, schema, holders }) => {
    const tensor = tensorOf(schema, value, holders.at(-1));
    if (typeof tensor !== "object" || tensor.dtype !== "float32" || tensor.shape.length !== 2) return [];
    const [height = 0, width = 0] = tensor.shape;
    const { data: bytes } = tensor;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const sign = field(holders, "near") === "smaller" ? -1 : 1;
    const data = Float32Array.from({ length: width * height }, (_, i) => sign * view.getFloat32(i * 4, true));
    return [{ kind: "depth", depth: { data, width, height } }];
  },
  classification: ({ value }) => {
    const labels = value as readonly { label: string; score: number }[];
    return [
      { kind: "classification", labels: labels.slice(0, mostLabels).map(({ label, score }) => ({ label, score })) },
    ];
  },
  caption: ({ value, shown }) => [{ kind: "caption", text: captionOf(value, shown.text) }],
};

/** The sentence with the fields of the value in it; a text is its own. */
function captionOf(value: unknown, text: string | undefined): string {
  if (text === undefined) return String(value);
  const fields = value as Readonly<Record<string, unknown>>;
  return text.replaceAll(/\{(\w+)(?::(\d))?\}/g, (_, name: string, digits: string | undefined) => {
    const held = fields[name];
    return digits !== undefined && typeof held === "number" ? held.toFixed(Number(digits)) : String(held ?? "");
  });
}

type Edges = readonly [number, number, number, number];

function edgesOf(value: unknown): Edges | undefined {
  if (Array.isArray(value)) return value.length === 4 ? (value as unknown as Edges) : undefined;
  const { x1, y1, x2, y2 } = value as Readonly<Record<string, number>>;
  return [x1, y1, x2, y2].every((edge) => typeof edge === "number")
    ? ([x1, y1, x2, y2] as unknown as Edges)
    : undefined;
}

function labelled(holders: readonly unknown[]): { label?: string } {
  const label = field(holders, "label") ?? field(holders, "text");
  return typeof label === "string" && label !== "" ? { label } : {};
}

function scored(holders: readonly unknown[]): { score?: number } {
  const score = field(holders, "score");
  return typeof score === "number" ? { score } : {};
}

/** A field of the nearest object around a place. */
function field(holders: readonly unknown[], name: string): unknown {
  const holder = holders.findLast((candidate) => !Array.isArray(candidate)) as
    | Readonly<Record<string, unknown>>
    | undefined;
  return holder?.[name];
}
