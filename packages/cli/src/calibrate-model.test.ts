import { createZoo } from "@menagerie/core/host";
import { definePlugin, ModelLoaderBase } from "@menagerie/core/loader";
import { expect, test } from "vitest";
import { calibrateModel } from "./calibrate-model.ts";

class Folder extends ModelLoaderBase<object> {
  protected override readonly tasks = { "fold-protein": () => ({}) };
  protected override open = (): Promise<object> => Promise.resolve({});
}

const residues = { type: "string", pattern: "^[ACDE]+$" };
const spec = {
  ...{ model_name: "folder", model_version: "1", role: "folder", tasks: ["fold-protein"], loader: "folder" },
  ...{ runtime: "inprocess", engine: "js", precision: "fp32", device_policy: "cpu", local_artifacts: [] },
  ...{ resource_requirements: { vram_mb: 0, ram_mb: 1 }, licence: { id: "Apache-2.0" } },
};

test("a model is not calibrated by its load alone, where no question can be made up for what it answers", async () => {
  const plugin = definePlugin({
    name: "folders",
    loaders: { folder: Folder },
    tasks: [
      {
        name: "fold-protein",
        summary: "A shape",
        input: { type: "object", properties: { residues }, required: ["residues"] },
        output: { type: "object" },
      },
    ],
    models: [spec] as never,
  });
  await using zoo = await createZoo({ appDir: import.meta.dirname, plugins: [plugin] });
  await expect(calibrateModel(zoo, zoo.find("folder"))).rejects.toThrow(
    "folder cannot be calibrated: no question can be made up for fold-protein",
  );
  expect(zoo.status().models[0]?.loads).toBe(0);
});
