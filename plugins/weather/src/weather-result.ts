import { type ClassifyImageOutput, ModelError } from "@menagerie/core";

export type WeatherCondition = "clear" | "cloudy" | "foggy" | "rainy" | "snowy";

/** What weather a picture shows, and how far it lets one see. */
export interface WeatherResult {
  /** The model's own label, e.g. `rain/storm`. */
  readonly label: string;
  readonly condition: WeatherCondition;
  /** Score of the label, 0 to 1. */
  readonly confidence: number;
  /** Score of each condition, whatever the order of the model's labels; 0 for one that it does not know. */
  readonly scores: Readonly<Record<WeatherCondition, number>>;
  /** Fog, rain and snow do. */
  readonly affects_visibility: boolean;
  /** How well things are seen in that weather, 0 to 1: 1 under a clear sky, 0.5 in fog or snow. */
  readonly visibility_factor: number;
  /** The same, drawn towards 0.8 (that of unknown weather) as confidence falls. */
  readonly adjusted_visibility_factor: number;
}

const visibility: Readonly<Record<WeatherCondition, number>> = {
  clear: 1,
  cloudy: 0.9,
  rainy: 0.7,
  snowy: 0.5,
  foggy: 0.5,
};
const unknownVisibility = 0.8;

/** By whole words, since checkpoints write `rain/storm`, `rain/strom` and `rainy`; a rainbow is no rain, and nor is a train. */
const words: readonly (readonly [WeatherCondition, ReadonlySet<string>])[] = [
  ["cloudy", new Set(["cloud", "clouds", "cloudy", "overcast"])],
  ["foggy", new Set(["fog", "foggy", "haze", "hazy", "mist", "misty", "smog", "smoggy", "fogsmog"])],
  ["snowy", new Set(["snow", "snowy", "snowing", "snowfall", "snowstorm", "blizzard", "frost", "frosty", "rime"])],
  [
    "rainy",
    new Set([
      ...["rain", "rainy", "raining", "rainfall", "rainstorm", "drizzle", "shower", "showers"],
      ...["storm", "strom", "stormy", "thunderstorm", "thunderstorms", "hail"],
    ]),
  ],
  ["clear", new Set(["sun", "sunny", "sunshine", "shine", "clear", "sunrise"])],
];

/**
 * Reads a classifier's labels as weather.
 * @throws ModelError `input_invalid` for a label that names no weather, or an answer without labels
 */
export function weatherResult({ labels }: ClassifyImageOutput): WeatherResult {
  const [best] = labels;
  if (best === undefined)
    throw new ModelError("input_invalid", "An answer without labels says nothing of the weather.");
  const scores: Record<WeatherCondition, number> = { clear: 0, cloudy: 0, foggy: 0, rainy: 0, snowy: 0 };
  for (const { label, score } of labels) scores[conditionOf(label)] += score;
  const condition = conditionOf(best.label);
  const factor = visibility[condition];
  return {
    label: best.label,
    condition,
    confidence: best.score,
    scores,
    affects_visibility: condition === "foggy" || condition === "rainy" || condition === "snowy",
    visibility_factor: factor,
    adjusted_visibility_factor: factor * best.score + unknownVisibility * (1 - best.score),
  };
}

function conditionOf(label: string): WeatherCondition {
  const named = label
    .replaceAll(/(\p{Ll})(\p{Lu})/gu, "$1 $2")
    .toLowerCase()
    .split(/[^\p{L}]+/u);
  const condition = words.find(([, known]) => named.some((word) => known.has(word)))?.[0];
  if (condition !== undefined) return condition;
  throw new ModelError(
    "input_invalid",
    `The label "${label}" names no weather that is known (cloudy, foggy, rainy, snowy, clear): the answer is of another model.`,
    { details: { label } },
  );
}
