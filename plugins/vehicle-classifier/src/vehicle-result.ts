import { type ClassifyImageOutput, ModelError } from "@menagerie/core";

/** What vehicle a picture shows. */
export interface VehicleResult {
  /** The likeliest of the labels that are vehicles, e.g. `pickup_truck`; undefined where the picture shows no vehicle. */
  readonly vehicle_type: string | undefined;
  /** For people: `Pickup truck`, or `No vehicle`. */
  readonly display_name: string;
  readonly is_vehicle: boolean;
  /** Articulated and single-unit trucks and work vans. */
  readonly is_commercial: boolean;
  /** The model's own score of the type, or, without a vehicle, that of background and pedestrian together. */
  readonly confidence: number;
  /** Sum of the scores of all vehicles, 0 to 1. */
  readonly vehicle_score: number;
  /** The second likeliest vehicle, where the first scores below 0.6. */
  readonly alternative: string | undefined;
}

const noVehicles = new Set(["background", "pedestrian", "person", "unknown", "none", "no_vehicle"]);
const commercial = new Set(["articulated_truck", "single_unit_truck", "work_van"]);
const displayNames: Readonly<Record<string, string>> = {
  non_motorized_vehicle: "Non-motorised vehicle",
  single_unit_truck: "Single-unit truck",
};
/** Below, the second guess is worth showing. */
const doubtful = 0.6;

/**
 * Reads a classifier's labels as a vehicle. Background and pedestrian count: where one of them is the likeliest, or both
 * together outweigh all vehicles, there is no vehicle, and the best of a few percent is not taken for one.
 * @throws ModelError `input_invalid` for an answer without labels
 */
export function vehicleResult({ labels }: ClassifyImageOutput): VehicleResult {
  const scored = labels.map(({ label, score }) => ({ type: typeOf(label), score }));
  const [best] = scored;
  if (best === undefined) throw new ModelError("input_invalid", "An answer without labels says nothing of a vehicle.");
  const vehicles = scored.filter(({ type }) => !noVehicles.has(type));
  const sum = (list: readonly { score: number }[]): number => list.reduce((total, { score }) => total + score, 0);
  const vehicleScore = Math.min(sum(vehicles), 1);
  const otherScore = Math.min(sum(scored.filter(({ type }) => noVehicles.has(type))), 1);
  const [first, second] = vehicles;
  if (first === undefined || noVehicles.has(best.type) || otherScore >= vehicleScore)
    return {
      vehicle_type: undefined,
      display_name: "No vehicle",
      is_vehicle: false,
      is_commercial: false,
      confidence: otherScore,
      vehicle_score: vehicleScore,
      alternative: undefined,
    };
  return {
    vehicle_type: first.type,
    display_name: displayName(first.type),
    is_vehicle: true,
    is_commercial: commercial.has(first.type),
    confidence: first.score,
    vehicle_score: vehicleScore,
    alternative: first.score < doubtful ? second?.type : undefined,
  };
}

/** Lists of classes write `non-motorized_vehicle` and `non_motorized_vehicle`, `work_van`, `Work van` and `WorkVan`. */
function typeOf(label: string): string {
  const words = label.replaceAll(/(\p{Ll})(\p{Lu})/gu, "$1 $2").toLowerCase();
  return words.replaceAll(/[^\p{L}\d]+/gu, "_").replaceAll(/^_|_$/g, "");
}

function displayName(type: string): string {
  const words = type.replaceAll("_", " ");
  return displayNames[type] ?? words.charAt(0).toUpperCase() + words.slice(1);
}
