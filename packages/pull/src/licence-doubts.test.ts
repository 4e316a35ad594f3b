import { expect, test } from "vitest";
import { licenceDoubts } from "./index.ts";

test.each([
  ["MIT", undefined, 0],
  ["Apache-2.0", "apache-2.0", 0],
  ["CC-BY-4.0", undefined, 0],
  ["CC-BY-SA-4.0", undefined, 0],
  ["AGPL-3.0-only", undefined, 1],
  ["AGPL-3.0-only", "agpl-3.0", 2],
  ["NOASSERTION", undefined, 1],
  ["LicenseRef-unknown", undefined, 1],
  ["LicenseRef-acme", undefined, 1],
  ["CC-BY-NC-SA-4.0", undefined, 1],
  ["MIT", "cc-by-nc-4.0", 1],
  ["MIT", "other", 1],
])("weights under %s whose source says %s are asked about %i times", (id, licence, count) => {
  expect(licenceDoubts({ id }, { licence })).toHaveLength(count);
});

test("a gate is asked about, and so are data that may not be used to earn money", () => {
  expect(licenceDoubts({ id: "MIT" }, { isGated: true })).toEqual([expect.stringMatching(/is gated/)]);
  const training_data = { id: "CC-BY-NC-SA-4.0" };
  expect(licenceDoubts({ id: "MIT", training_data }, {})).toEqual([expect.stringMatching(/data .* commercial/)]);
  expect(licenceDoubts({ id: "MIT", training_data: { id: "NOASSERTION" } }, {})).toEqual([]);
});
