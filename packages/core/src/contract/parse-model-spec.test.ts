import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import type { ModelError } from "./model-error.ts";
import { parseModelSpecs } from "./model-variants.ts";
import { parseModelSpec } from "./parse-model-spec.ts";
import { nearest } from "./schema-issue.ts";

const digest = "a".repeat(64);
const document = {
  model_name: "clip-vit-l",
  model_version: "1",
  role: "image_embedding",
  tasks: ["embed-image"],
  loader: "clip",
  runtime: "inprocess",
  engine: "onnx",
  precision: "fp32",
  device_policy: "auto",
  local_artifacts: [{ name: "vision", path: "clip/vision.onnx", sha256: digest }],
  preprocessing: { image: { arithmetic: "torchvision", resize: { shortest_edge: 224 }, mean: [0, 0, 0] } },
  graphs: { vision: { artifact: "vision" } },
  input_schema: { vision: { pixel_values: { dtype: "float32", shape: ["batch", 3, 224, 224] } } },
  resource_requirements: { vram_mb: 800, ram_mb: 1500 },
  licence: { id: "MIT" },
};

function problem(change: object): string {
  try {
    parseModelSpec({ ...document, ...change }, "m.yaml");
    return "no error";
  } catch (error) {
    expect((error as ModelError).code).toBe("model_spec_invalid");
    return (error as ModelError).message;
  }
}

describe("a file of a model in several precisions", () => {
  const inHalves = { paths: { vision: "clip/vision_fp16.onnx" }, resource_requirements: { vram_mb: 450 } };

  test("declares one spec for each, which differ in what is said and are pinned each by itself", () => {
    const [spec, half, ...others] = parseModelSpecs(
      { ...document, description: "CLIP", variants: { fp16: inHalves } },
      "m.yaml",
    );
    expect(others).toEqual([]);
    expect(spec).toEqual(parseModelSpec({ ...document, description: "CLIP" }, "m.yaml"));
    expect(half).toEqual({
      ...spec,
      model_name: "clip-vit-l-fp16",
      description: "CLIP, fp16",
      precision: "fp16",
      local_artifacts: [{ name: "vision", kind: "file", path: "clip/vision_fp16.onnx" }],
      resource_requirements: { vram_mb: 450, ram_mb: 1500, max_batch: 1 },
    });
  });

  test.each([
    [{ fp16: { paths: { text: "clip/text_fp16.onnx" } } }, '"variants.fp16" cannot stand in for text'],
    [{ fp32: inHalves }, '"variants.fp32" cannot stand in for fp32'],
    [{ "Fp 16": inHalves }, "must be lower-case words"],
    [{ fp16: { path: {} } }, 'unknown key "variants.fp16.path" (did you mean "paths"?)'],
    [{ fp16: { paths: { vision: "../vision.onnx" } } }, "must stay inside the folder of models"],
  ])("is refused where a variant does not fit: %j", (variants, message) => {
    expect(() => parseModelSpecs({ ...document, variants }, "m.yaml")).toThrow(message);
  });
});

describe("a spec", () => {
  test("is read with defaults for what it leaves out", () => {
    expect(parseModelSpec(document, "m.yaml")).toMatchObject({
      weights_digest: "auto",
      preprocess_signature: "auto",
      golden: [],
      local_artifacts: [{ kind: "file" }],
      preprocessing: document.preprocessing,
      resource_requirements: { max_batch: 1 },
    });
  });

  test.each([
    [{ precison: "fp32" }, 'unknown key "precison" (did you mean "precision"?)'],
    [{ resource_requirements: { vram: 1, ram_mb: 1, vram_mb: 0 } }, 'unknown key "resource_requirements.vram"'],
    [{ local_artifacts: [{ name: "a", path: "a", sha265: digest }] }, '(did you mean "sha256"?)'],
    [{ preprocessing: { "image 2": {} } }, "must be a lower-case word"],
    [{ graphs: { vision: { artefact: "vision" } } }, '"graphs.vision.artefact" (did you mean "artifact"?)'],
  ])("with a misspelt key is refused with the nearest right one: %j", (change, message) => {
    expect(problem(change)).toContain(message);
  });

  test.each(["../x", "/etc/passwd", "C:\\x", "a/../../b", "a\\..\\..\\b"])(
    "may not point out of its folder: %s",
    (path) => {
      expect(problem({ local_artifacts: [{ name: "vision", path }] })).toContain(
        "must stay inside the folder of models",
      );
    },
  );

  test.each([
    [{ graphs: { vision: { artifact: "gone" } } }, 'names the artifact "gone"'],
    [{ output_schema: { gone: {} } }, "is about a graph that graphs does not have"],
    [{ tasks: ["Paint image"] }, '"tasks.0"'],
    [{ device_policy: "cuda:x" }, '"device_policy"'],
    [
      {
        local_artifacts: [
          { name: "a", path: "a" },
          { name: "a", path: "b" },
        ],
      },
      "two artifacts carry one name",
    ],
  ])("that contradicts itself or the vocabulary is refused: %j", (change, message) => {
    expect(problem(change)).toContain(message);
  });

  test("survives being written as YAML and read again", () => {
    const words = fc.array(fc.string({ minLength: 1 }), { maxLength: 5 });
    fc.assert(
      fc.property(words, fc.double({ min: 0, max: 1e6, noNaN: true }), (labels, vram_mb) => {
        const spec = parseModelSpec({ ...document, labels, resource_requirements: { vram_mb, ram_mb: 1 } }, "m.yaml");
        expect(parseModelSpec(parse(stringify(spec)), "m.yaml")).toEqual(spec);
      }),
    );
  });
});

test("the nearest word is the one with the fewest edits, if it is near at all", () => {
  expect(nearest("modles", ["models", "engines"])).toBe("models");
  expect(nearest("xyz", ["models", "engines"])).toBeUndefined();
  // Any letter is one edit from any other.
  expect(nearest("q", ["a", "b"])).toBeUndefined();
  expect(nearest("cb", ["ab"])).toBeUndefined();
  expect([nearest("id", ["ids"]), nearest("a", ["a"])]).toEqual(["ids", "a"]);
});
