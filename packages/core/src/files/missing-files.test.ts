import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { ModelSpec } from "../contract/model-spec.ts";
import { parseModelSpec } from "../contract/parse-model-spec.ts";
import { ArtifactStore } from "./artifact-store.ts";

function specOf(origin: Partial<ModelSpec>): ModelSpec {
  return parseModelSpec(
    {
      ...{
        model_name: "small",
        model_version: "1",
        role: "r",
        tasks: ["embed-text"],
        loader: "l",
        runtime: "inprocess",
      },
      ...{ engine: "js", precision: "fp32", device_policy: "cpu", resource_requirements: { vram_mb: 0, ram_mb: 1 } },
      licence: { id: "MIT" },
      local_artifacts: [{ name: "model", path: "model.onnx" }],
      ...origin,
    },
    "the test",
  );
}

test("a file that is missing or unpinned names the pull of a model that comes from somewhere, and no pull of another", async () => {
  const root = await mkdtemp(join(tmpdir(), "menagerie-missing-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const [known, own] = [specOf({ origin: { repository: "acme/small" } }), specOf({})];
  const message = (spec: ModelSpec): Promise<string> =>
    new ArtifactStore(spec, root).path("model").then(String, (error: Error) => error.message);
  expect(await message(known)).toMatch(/Fetch it with `zoo pull small`, put it there, or name another folder/);
  expect(await message(own)).toMatch(/model\.onnx\. Put it there, or name another folder/);
  await writeFile(join(root, "model.onnx"), "bytes");
  expect(await message(known)).toMatch(/`zoo lock small`, or fetch them anew: `zoo pull small`\./);
  expect(await message(own)).toMatch(/`zoo lock small`\.$/);
});
