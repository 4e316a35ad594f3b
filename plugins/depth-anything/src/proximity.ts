/** How near something is, in words; relative to the picture it is in. */
export type Proximity = "very close" | "close" | "moderate distance" | "far" | "very far";

/** @param nearness from 0 (the farthest of its picture) to 1 (the nearest), as `DepthMap` gives it */
export function proximityOf(nearness: number): Proximity {
  return steps.find(([least]) => nearness > least)?.[1] ?? "very far";
}

const steps: readonly (readonly [number, Proximity])[] = [
  [0.85, "very close"],
  [0.65, "close"],
  [0.45, "moderate distance"],
  [0.25, "far"],
];
