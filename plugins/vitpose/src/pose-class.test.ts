import type { PersonPose } from "@menagerie/core";
import { expect, test } from "vitest";
import { classifyPose, poseAlerts } from "./pose-class.ts";

type Joints = Record<string, [x: number, y: number]>;

function person(joints: Joints, score = 0.9): PersonPose {
  const keypoints = Object.entries(joints).map(([name, [x, y]]) => ({ name, x, y, score }));
  return { box: { x1: 0, y1: 0, x2: 400, y2: 400 }, keypoints };
}

function pair(joint: string, left: [number, number], right: [number, number]): Joints {
  return { [`L_${joint}`]: left, [`R_${joint}`]: right };
}

const upper = { ...pair("Shoulder", [80, 100], [120, 100]), ...pair("Hip", [85, 200], [115, 200]) };
const standing = { ...upper, ...pair("Knee", [85, 280], [115, 280]), ...pair("Ankle", [85, 360], [115, 360]) };
const bodies: [string, Joints, string, number][] = [
  ["straight legs below the hips", standing, "standing", 0.8],
  [
    "the same from the side, where hips have no width",
    Object.fromEntries(Object.entries(standing).map(([name, [, y]]) => [name, [100, y]])),
    "standing",
    0.8,
  ],
  [
    "knees at the height of the hips, shins upright",
    { ...upper, ...pair("Knee", [70, 205], [130, 205]), ...pair("Ankle", [70, 285], [130, 285]) },
    "sitting",
    0.75,
  ],
  [
    "hips near the heels",
    { ...upper, ...pair("Knee", [60, 190], [140, 190]), ...pair("Ankle", [80, 240], [120, 240]) },
    "crouching",
    0.85,
  ],
  [
    "a long stride",
    { ...upper, ...pair("Knee", [40, 270], [150, 260]), ...pair("Ankle", [10, 340], [180, 330]) },
    "running",
    0.5,
  ],
  [
    "a long stride with swinging arms",
    {
      ...upper,
      ...pair("Knee", [40, 270], [150, 260]),
      ...pair("Ankle", [10, 340], [180, 330]),
      ...pair("Wrist", [60, 120], [140, 190]),
    },
    "running",
    0.8,
  ],
  [
    "a body across the picture",
    {
      ...pair("Shoulder", [50, 200], [50, 220]),
      ...pair("Hip", [150, 205], [150, 222]),
      ...pair("Ankle", [310, 215], [310, 225]),
    },
    "lying",
    0.8,
  ],
  [
    "a thigh across the picture, of somebody whose shoulders and feet are not seen",
    { ...pair("Hip", [100, 150], [102, 150]), ...pair("Knee", [170, 155], [172, 155]) },
    "unknown",
    0,
  ],
  [
    "a handstand",
    Object.fromEntries(Object.entries(standing).map(([name, [x, y]]) => [name, [x, 460 - y]])),
    "unknown",
    0,
  ],
  ["a head alone", { Nose: [1, 2], L_Eye: [2, 1] }, "unknown", 0],
];

test.each(bodies)("%s", (_what, joints, pose, confidence) => {
  expect(classifyPose(person(joints))).toEqual({ pose, confidence });
});

test("keypoints below the least score are not looked at", () => {
  expect(classifyPose(person(standing, 0.29))).toEqual({ pose: "unknown", confidence: 0 });
  expect(classifyPose(person(standing, 0.2), 0.1)).toEqual({ pose: "standing", confidence: 0.8 });
});

test("alerts: hands above the nose, fists up, crouching, lying", () => {
  const nose: Joints = { Nose: [100, 70] };
  expect(poseAlerts(person({ ...standing, ...nose, ...pair("Wrist", [70, 40], [130, 45]) }))).toEqual(["hands_raised"]);
  const guard = { ...pair("Elbow", [60, 150], [140, 150]), ...pair("Wrist", [55, 110], [145, 115]) };
  expect(poseAlerts(person({ ...standing, ...nose, ...guard }))).toEqual(["fighting_stance"]);
  const hanging = { ...pair("Elbow", [60, 150], [140, 150]), ...pair("Wrist", [55, 200], [145, 200]) };
  expect(poseAlerts(person({ ...standing, ...nose, ...hanging }))).toEqual([]);
  expect(poseAlerts(person(bodies[3]?.[1] ?? {}))).toEqual(["crouching"]);
});
