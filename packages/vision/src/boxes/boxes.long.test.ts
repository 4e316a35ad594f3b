import { createHash } from "node:crypto";
import { seededDetections } from "@menagerie/testing";
import { expect, test } from "vitest";
import { nonMaxSuppression } from "./non-max-suppression.ts";

test("keeps what torchvision keeps of 30,000 boxes in a crowd, class by class and altogether", () => {
  const { boxes, scores, labels } = seededDetections(5, 30_000, 100, 2);
  const together = nonMaxSuppression(boxes, scores, { iouThreshold: 0.7 });
  const apart = nonMaxSuppression(boxes, scores, { iouThreshold: 0.7, classes: labels });
  expect([together.length, apart.length]).toEqual([13_339, 16_071]);
  // tools/export/vision wrote them, by torchvision.
  const digests = [together, apart].map((kept) => createHash("sha256").update(kept).digest("hex").slice(0, 12));
  expect(digests).toEqual(["999514a2619c", "46761335c3d4"]);
});
