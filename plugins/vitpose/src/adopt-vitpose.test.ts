import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ModelError, ModelSpec } from "@menagerie/core";
import { CheckpointFolder } from "@menagerie/core/adopt";
import { type FileChange, refusalOfChanged } from "@menagerie/testing";
import { describe, expect, test } from "vitest";
import { adoptVitPose } from "./adopt-vitpose.ts";

const fixtures = fileURLToPath(new URL("../fixtures", import.meta.url));

describe("a folder that is adopted", () => {
  const like = { resource_requirements: { max_batch: 16 }, parameters: {} } as unknown as ModelSpec;
  const cases: [string, string, Record<string, FileChange>, RegExp][] = [
    ["is of another family", "plain", { "config.json": { model_type: "clip" } }, /config\.json, key "model_type"/],
    [
      "makes crops of another size",
      "plain",
      { "preprocessor_config.json": { size: { height: 64, width: 32 } } },
      /key "size": people come out as 32 x 64, but the model takes 48 x 64/,
    ],
    [
      "prepares pictures otherwise",
      "plain",
      { "preprocessor_config.json": { image_processor_type: "CLIPImageProcessor" } },
      /key "image_processor_type": is "CLIPImageProcessor", which prepares pictures in another way/,
    ],
    [
      "leaves a keypoint out",
      "plain",
      { "config.json": () => '{"model_type":"vitpose","id2label":{"0":"tip","2":"palm"}}' },
      /key "id2label": has no label 1 among its 2/,
    ],
    [
      "does not cut people out",
      "plain",
      { "preprocessor_config.json": { do_affine_transform: false } },
      /key "do_affine_transform": must be true/,
    ],
    [
      "names fewer keypoints than the graph gives",
      "experts",
      {
        "config.json": () =>
          '{"model_type":"vitpose","id2label":{"0":"tip"},"backbone_config":{"image_size":[64,64],"num_experts":3}}',
      },
      /key "heatmaps": are 5, config\.json names 1 keypoints/,
    ],
    [
      "joins what is not there",
      "experts",
      { "config.json": { edges: [[0, 9]] } },
      /key "edges": joins 0 and 9, but there are 5/,
    ],
    [
      "says nothing of its experts",
      "experts",
      { "config.json": { backbone_config: { num_experts: 1 } } },
      /key "dataset_index": is an input, but config\.json says that there are no experts/,
    ],
  ];

  const refusal = (name: string, changes: Record<string, FileChange>): Promise<ModelError | undefined> =>
    refusalOfChanged(join(fixtures, name), changes, (folder) => adoptVitPose(folder, like));

  test.each(cases)("and %s is refused with the file and the key", async (_what, name, changes, message) => {
    const error = await refusal(name, changes);
    expect(error?.code).toBe("checkpoint_invalid");
    expect(error?.message).toMatch(message);
  });

  test("and has another kind of graph is refused with the tensor named", async () => {
    const error = await refusal("plain", { "onnx/model.onnx": (text) => text.replaceAll("heatmaps", "heat_map") });
    expect(error?.message).toMatch(
      /onnx\/model\.onnx, key "heatmaps": the graph has no such tensor among its outputs: heat_map/,
    );
  });

  test("says what it found, and pins every artifact", async () => {
    const { spec, findings } = await adoptVitPose(new CheckpointFolder(join(fixtures, "experts")), like);
    expect(findings).toEqual([
      "people: 64 x 64 px, cut out with a quarter around them (preprocessor_config.json)",
      "5 keypoints, 4 lines between them (config.json)",
      "3 experts, the one of data set 0 is asked (onnx/model.onnx)",
      "weights fp32 (onnx/model.onnx)",
    ]);
    for (const artifact of spec.local_artifacts) expect(artifact.sha256).toMatch(/^[0-9a-f]{64}$/);
    const crowd = await adoptVitPose(new CheckpointFolder(join(fixtures, "crowd")), like);
    expect(crowd.findings).toEqual([
      "people: 32 x 48 px, cut out with a quarter around them (processor_config.json)",
      "2 keypoints, 0 lines between them (config.json)",
      "the graph takes 3 people at once; fewer are filled up",
      "boxes are divided by 100 and multiplied by 200: keypoints are placed as transformers places them, as if both were 200",
      "no experts (onnx/model.onnx)",
      "weights fp32 (onnx/model.onnx)",
    ]);
  });
});
