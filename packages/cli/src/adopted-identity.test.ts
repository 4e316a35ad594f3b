import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ModelSpec } from "@menagerie/core";
import { adoptedSpec } from "@menagerie/core/adopt";
import { expect, onTestFinished, test } from "vitest";
import { adoptedIdentity, requireRole } from "./adopted-identity.ts";

const like = { model_name: "violence-detection", role: "violence_classification", licence: { id: "Apache-2.0" } };

async function folderWith(card?: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "menagerie-identity-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  if (card !== undefined) await writeFile(join(folder, "README.md"), card);
  return folder;
}

test("a checkpoint takes neither licence nor role from the model that it is like: what nothing states is NOASSERTION", async () => {
  expect(await adoptedIdentity({}, await folderWith(), ["classify-image"])).toEqual({
    role: "image_classification",
    licence: { id: "NOASSERTION" },
    findings: [],
    assumptions: [
      "the role is image_classification, as it answers classify-image; name another: --role",
      "nothing in the folder states a licence (NOASSERTION); name it by its SPDX identifier: --licence Apache-2.0",
    ],
  });
  const adopted = { spec: { local_artifacts: [] }, findings: [] };
  const spec = adoptedSpec(adopted, { ...like, tasks: ["classify-image"] } as unknown as ModelSpec, "own");
  expect(spec.licence).toEqual({ id: "NOASSERTION" });
  expect((await adoptedIdentity({}, await folderWith(), ["judge-noise"])).role).toBe("judge_noise");
});

test.each([
  ["---\nlicense: apache-2.0\ntags: [x]\n---\n# Model", { id: "Apache-2.0" }, "its README.md says apache-2.0"],
  ["\uFEFF---\r\nlicense: cc-by-nc-sa-4.0\r\n---\r\n", { id: "CC-BY-NC-SA-4.0" }, "says cc-by-nc-sa-4.0"],
  [
    "---\nlicense: other\nlicense_name: acme research\nlicense_link: https://acme.example/licence\n---\n",
    { id: "LicenseRef-acme-research", url: "https://acme.example/licence" },
    "says acme research",
  ],
  ["---\nlicense: [mit, cc-by-4.0]\n---\n", { id: "MIT AND CC-BY-4.0" }, "says mit, cc-by-4.0"],
  ["---\nlicense: openrail\n---\n", { id: "LicenseRef-openrail" }, "says openrail"],
])("the licence that a model card states is taken: %j", async (card, licence, finding) => {
  const identity = await adoptedIdentity({ role: "x" }, await folderWith(card), ["embed-image"]);
  expect(identity).toMatchObject({ licence, assumptions: [], findings: [expect.stringContaining(finding)] });
});

test.each([
  "---\nlicense: other\n---\n",
  "---\nlicense: unknown\n---\n",
  "---\nlicense: 3\n---\n",
  "---\nlicense: [\n---\n",
  "---\ntags: [mit]\n---\nlicense: mit\n",
  "license: mit\n",
  "",
])("a card that states none gives none: %j", async (card) => {
  expect((await adoptedIdentity({}, await folderWith(card), ["embed-image"])).licence).toEqual({ id: "NOASSERTION" });
});

test("what a person names is taken, whatever the card says, and nothing is assumed", async () => {
  const folder = await folderWith("---\nlicense: apache-2.0\n---\n");
  expect(await adoptedIdentity({ role: "fight_detection", licence: "MIT" }, folder, [])).toEqual({
    ...{ role: "fight_detection", licence: { id: "MIT" }, findings: [], assumptions: [] },
  });
  expect(() => requireRole("Fight detection")).toThrow(expect.objectContaining({ code: "input_invalid" }));
});
