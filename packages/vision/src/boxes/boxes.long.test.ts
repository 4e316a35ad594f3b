import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { isCrowded, type Suppression, suppressesAsReference } from "./seeded-detections.ts";

const { suppressions }: { suppressions: readonly Suppression[] } = JSON.parse(
  readFileSync(new URL("../../fixtures/boxes.json", import.meta.url), "utf8"),
);

test("keeps what torchvision keeps of 30,000 boxes in a crowd", () => {
  const crowded = suppressions.filter(isCrowded);
  expect(crowded).toHaveLength(1);
  for (const reference of crowded) suppressesAsReference(reference);
});
