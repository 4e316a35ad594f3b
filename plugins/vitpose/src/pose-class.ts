import type { PersonPose } from "@menagerie/core";
import { type BodyPoint, type BodyPoints, bodyPoints } from "./body-points.ts";

export type PoseClass = "standing" | "crouching" | "running" | "sitting" | "lying" | "unknown";

export interface PoseClassification {
  pose: PoseClass;
  /** 0 to 1: a rule of thumb, not a probability. 0 where the pose is unknown. */
  confidence: number;
}

export type PoseAlert = "crouching" | "lying" | "hands_raised" | "fighting_stance";

/**
 * What a person with COCO's keypoints does, from rules on the picture's plane. Lengths are compared with the person's own
 * torso and legs, never with widths, which vanish from the side. Unknown without two of the hips and knees.
 * @param minScore keypoints below are not looked at
 */
export function classifyPose(person: PersonPose, minScore = 0.3): PoseClassification {
  const body = bodyPoints(person.keypoints, minScore);
  const { hip, knee } = body;
  if (body.seenLegJoints < 2 || hip === undefined) return unknown;
  const low = body.ankle ?? knee;
  // Legs alone lie across the picture of who sits, too.
  const lying = body.shoulder === undefined ? 0 : lyingConfidence(body.shoulder, low ?? hip);
  if (lying > 0) return { pose: "lying", confidence: lying };
  if (knee === undefined) return unknown;
  const legs = legsOf(body, hip, knee);
  if (body.ankle === undefined)
    return knee.y > hip.y + 0.3 * legs.torso ? { pose: "standing", confidence: 0.6 } : unknown;
  // Legs in the air.
  if (legs.drop < -0.25 * legs.torso) return unknown;
  if (legs.drop < 0.6 * legs.torso) return { pose: "crouching", confidence: 0.85 };
  if (knee.y - hip.y < 0.35 * legs.shin) return { pose: "sitting", confidence: 0.75 };
  if (legs.spread > 0.8 * legs.drop) return { pose: "running", confidence: armsSwing(body) ? 0.8 : 0.5 };
  const isUpright = hip.y < knee.y && knee.y < body.ankle.y;
  if (!isUpright) return unknown;
  return { pose: "standing", confidence: legs.spread < 0.4 * legs.drop ? 0.8 : 0.6 };
}

/** What in a pose is worth a look. */
export function poseAlerts(person: PersonPose, minScore = 0.3): PoseAlert[] {
  const alerts: PoseAlert[] = [];
  const { pose } = classifyPose(person, minScore);
  if (pose === "crouching" || pose === "lying") alerts.push(pose);
  const body = bodyPoints(person.keypoints, minScore);
  const { left_wrist, right_wrist, nose } = body.points;
  if (left_wrist === undefined || right_wrist === undefined) return alerts;
  if (nose !== undefined && left_wrist.y < nose.y && right_wrist.y < nose.y) alerts.push("hands_raised");
  else if (isGuarding(body)) alerts.push("fighting_stance");
  return alerts;
}

const unknown: PoseClassification = { pose: "unknown", confidence: 0 };

/** The body's line from the shoulders down runs more across than down: the more, the surer. */
function lyingConfidence(top: BodyPoint, low: BodyPoint): number {
  const across = Math.abs(low.x - top.x);
  const down = Math.abs(low.y - top.y);
  if (across <= 1.5 * down) return 0;
  return across > 3 * down ? 0.8 : 0.6;
}

interface Legs {
  readonly torso: number;
  readonly shin: number;
  /** How far the ankles are below the hips. */
  readonly drop: number;
  /** How far the ankles are apart across. */
  readonly spread: number;
}

function legsOf({ shoulder, ankle, points }: BodyPoints, hip: BodyPoint, knee: BodyPoint): Legs {
  const { left_ankle: left, right_ankle: right } = points;
  const thigh = Math.hypot(knee.x - hip.x, knee.y - hip.y);
  return {
    // A torso is about as long as a thigh and a quarter.
    torso: shoulder === undefined ? 1.25 * thigh : Math.hypot(shoulder.x - hip.x, shoulder.y - hip.y),
    shin: ankle === undefined ? thigh : Math.hypot(ankle.x - knee.x, ankle.y - knee.y),
    drop: ankle === undefined ? 0 : ankle.y - hip.y,
    spread: left === undefined || right === undefined ? 0 : Math.abs(left.x - right.x),
  };
}

/** One wrist is higher than the other by more than 15 % of the body. */
function armsSwing({ shoulder, ankle, points: { left_wrist: left, right_wrist: right } }: BodyPoints): boolean {
  if (left === undefined || right === undefined || shoulder === undefined || ankle === undefined) return false;
  return Math.abs(left.y - right.y) > 0.15 * (ankle.y - shoulder.y);
}

/** Both fists up at the height of the chest or above, elbows bent below them, away from the body's middle. */
function isGuarding({ points, shoulder, hip }: BodyPoints): boolean {
  if (shoulder === undefined || hip === undefined) return false;
  const torso = Math.hypot(shoulder.x - hip.x, shoulder.y - hip.y);
  return (["left", "right"] as const).every((side) => {
    const [elbow, wrist] = [points[`${side}_elbow`], points[`${side}_wrist`]];
    if (elbow === undefined || wrist === undefined) return false;
    return wrist.y < elbow.y && wrist.y < shoulder.y + 0.4 * torso && Math.abs(wrist.x - shoulder.x) > 0.3 * torso;
  });
}
