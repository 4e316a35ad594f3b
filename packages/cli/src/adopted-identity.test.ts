import type { ModelSpec } from "@menagerie/core";
import { adoptedSpec } from "@menagerie/core/adopt";
import { expect, test } from "vitest";
import { adoptedIdentity } from "./adopted-identity.ts";

const like = { model_name: "violence-detection", role: "violence_classification", licence: { id: "Apache-2.0" } };

test("a checkpoint takes no licence from the model that it is like, and what it takes is said", () => {
  expect(adoptedIdentity({}, like as ModelSpec)).toEqual({
    role: "violence_classification",
    licence: { id: "LicenseRef-unknown" },
    assumptions: [
      "the role is violence_classification, as violence-detection has it; name another: --role",
      "the licence is not known (LicenseRef-unknown); name it by its SPDX identifier: --licence Apache-2.0",
    ],
  });
  const adopted = { spec: { local_artifacts: [] }, findings: [] };
  expect(adoptedSpec(adopted, like as ModelSpec, "own").licence).toEqual({ id: "LicenseRef-unknown" });
});

test("what a person names is taken, and nothing is assumed", () => {
  expect(adoptedIdentity({ role: "fight_detection", licence: "MIT" }, like as ModelSpec)).toEqual({
    ...{ role: "fight_detection", licence: { id: "MIT" }, assumptions: [] },
  });
  expect(() => adoptedIdentity({ role: "Fight detection" }, like as ModelSpec)).toThrow(
    expect.objectContaining({ code: "input_invalid" }),
  );
});
