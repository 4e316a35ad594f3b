import type { PoseKeypoint } from "@menagerie/core";

export interface BodyPoint {
  readonly x: number;
  readonly y: number;
}

/** The keypoints that were seen, and the middles between left and right: of one side where the other was not seen. */
export interface BodyPoints {
  /** By COCO's names: `nose`, `left_eye`, `right_ankle`. */
  readonly points: Readonly<Record<string, BodyPoint>>;
  readonly shoulder: BodyPoint | undefined;
  readonly hip: BodyPoint | undefined;
  readonly knee: BodyPoint | undefined;
  readonly ankle: BodyPoint | undefined;
  /** How many of the two hips and two knees were seen. */
  readonly seenLegJoints: number;
}

/** Names are read as COCO writes them (`left_hip`) and as ViTPose's configurations do (`L_Hip`). */
export function bodyPoints(keypoints: readonly PoseKeypoint[], minScore: number): BodyPoints {
  const points: Record<string, BodyPoint> = {};
  for (const { name, x, y, score } of keypoints) if (score >= minScore) points[cocoName(name)] = { x, y };
  const middle = (joint: string): BodyPoint | undefined => {
    const [left, right] = [points[`left_${joint}`], points[`right_${joint}`]];
    if (left === undefined || right === undefined) return left ?? right;
    return { x: (left.x + right.x) / 2, y: (left.y + right.y) / 2 };
  };
  const seen = ["left_hip", "right_hip", "left_knee", "right_knee"].filter((name) => points[name] !== undefined);
  return {
    points,
    shoulder: middle("shoulder"),
    hip: middle("hip"),
    knee: middle("knee"),
    ankle: middle("ankle"),
    seenLegJoints: seen.length,
  };
}

function cocoName(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[\s-]+/g, "_")
    .replace(/^l_/, "left_")
    .replace(/^r_/, "right_");
}
