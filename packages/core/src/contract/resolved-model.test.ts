import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Device } from "./device.ts";
import { ModelError } from "./model-error.ts";
import { parseModelSpec } from "./parse-model-spec.ts";
import { type LoadedWith, preprocessSignature } from "./recipe.ts";
import { modelSignature, type ResolvedModel, resolveModel } from "./resolved-model.ts";
import { weightsDigest } from "./weights-digest.ts";

/** One load of a model: what its signature may depend on. */
interface Load {
  readonly document: Document;
  readonly device: Device;
  readonly versions: Readonly<Record<string, string>>;
  readonly loadedWith: LoadedWith;
}

type Document = Readonly<Record<string, unknown>> & {
  readonly local_artifacts: readonly Artifact[];
  readonly graphs: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly resource_requirements: Readonly<Record<string, number>>;
};

interface Artifact {
  readonly name: string;
  readonly path: string;
  readonly sha256?: string | undefined;
  readonly size_bytes?: number;
}

/** As YAML and JSON make them. */
function dictionary<Value>(
  key: fc.Arbitrary<string>,
  value: fc.Arbitrary<Value>,
  size: { minKeys?: number; maxKeys?: number } = {},
): fc.Arbitrary<Record<string, Value>> {
  return fc.dictionary(key, value, { ...size, noNullPrototype: true });
}

const word = fc.stringMatching(/^[a-z]{1,8}$/);
const perhaps = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
const version = fc.stringMatching(/^[0-9]\.[0-9]{1,2}\.[0-9]$/);
const sha256 = fc.stringMatching(/^[0-9a-f]{64}$/);
const whole = fc.integer({ min: 1, max: 64 });
const shape = fc.record({ dtype: fc.constantFrom("float32", "float16"), shape: fc.array(whole, { maxLength: 3 }) });
const schemas = dictionary(fc.constantFrom("vision", "text"), dictionary(word, shape, { maxKeys: 2 }));
const image = fc.record({
  arithmetic: fc.constantFrom("torchvision", "pillow-12"),
  filter: fc.constantFrom("bicubic", "bilinear"),
  resize: fc.record({ shortest_edge: whole }),
  mean: fc.tuple(fc.integer(), fc.integer(), fc.integer()),
});
/** What YAML can say, its `.inf` and `.nan` among it. */
const anything = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown),
  fc.constantFrom(null, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN),
);
const parameters = dictionary(word, anything, { maxKeys: 4 });
const packages = dictionary(
  word,
  fc.oneof(version, dictionary(version, fc.array(word, { maxLength: 2 }), { minKeys: 2, maxKeys: 3 })),
  { maxKeys: 4 },
);
const engineRecipe = fc.record({
  execution_providers: fc.constantFrom(["cpu"], [{ name: "cuda", deviceId: 0 }, "cpu"], [{ name: "webgpu" }, "cpu"]),
  session_options: fc.record({ intraOpNumThreads: whole, graphOptimizationLevel: fc.constantFrom("all", "basic") }),
});
const names = ["vision", "text", "tokenizer", "weights"] as const;
const digests = fc.tuple(sha256, sha256, sha256, sha256);

const load: fc.Arbitrary<Load> = fc
  .record({
    digests,
    image,
    parameters,
    packages,
    engineRecipe,
    input_schema: schemas,
    output_schema: schemas,
    labels: perhaps(fc.array(word, { maxLength: 4 })),
    max_batch: whole,
    versions: dictionary(word, version, { maxKeys: 3 }),
  })
  .map(({ digests, image, packages, engineRecipe, max_batch, versions, ...spec }) => ({
    document: {
      model_name: "clip-vit-l",
      model_version: "1",
      role: "image_embedding",
      tasks: ["embed-image"],
      loader: "clip",
      runtime: "inprocess",
      engine: "onnx",
      precision: "fp32",
      device_policy: "auto",
      local_artifacts: names.map((name, i) => ({ name, path: `clip/${name}.bin`, sha256: digests[i] })),
      graphs: {
        vision: { artifact: "vision", batch_axis: 0, external_data: ["weights"] },
        text: { artifact: "text", batch_axis: 0 },
      },
      preprocessing: { image },
      resource_requirements: { vram_mb: 800, ram_mb: 1500, max_batch },
      licence: { id: "MIT" },
      ...spec,
    },
    device: "cpu",
    versions,
    loadedWith: { plugin: "@menagerie/plugin-clip", packages, engineRecipes: { onnxruntime: engineRecipe } },
  }));

const [anyLoad] = fc.sample(load, 1) as [Load];

function resolved({ document, device, versions, loadedWith }: Load): ResolvedModel {
  return resolveModel(parseModelSpec(document, "m.yaml"), device, versions, loadedWith);
}

const signature = (of: Load): string => resolved(of).modelSignature;

/** A value that something of a load may have, and the load that has it. */
interface Change {
  readonly of: string;
  readonly value: fc.Arbitrary<unknown>;
  readonly set: (load: Load, value: never) => Load;
}

function change<Value>(of: string, value: fc.Arbitrary<Value>, set: (load: Load, value: Value) => Load): Change {
  return { of, value, set };
}

/** A key of the spec. */
function key<Value>(name: string, value: fc.Arbitrary<Value>): Change {
  return change(name, value, (load, set) => ({ ...load, document: { ...load.document, [name]: set } }));
}

function artifacts<Value>(
  of: string,
  value: fc.Arbitrary<Value>,
  edit: (artifacts: readonly Artifact[], value: Value) => readonly Artifact[],
): Change {
  return change(of, value, (load, set) => ({
    ...load,
    document: { ...load.document, local_artifacts: edit(load.document.local_artifacts, set) },
  }));
}

function visionGraph<Value>(name: string, value: fc.Arbitrary<Value>): Change {
  return change(`graphs.vision.${name}`, value, (load, set) => {
    const { vision, ...others } = load.document.graphs;
    return { ...load, document: { ...load.document, graphs: { vision: { ...vision, [name]: set }, ...others } } };
  });
}

function resource(name: string): Change {
  return change(`resource_requirements.${name}`, whole, (load, set) => ({
    ...load,
    document: { ...load.document, resource_requirements: { ...load.document.resource_requirements, [name]: set } },
  }));
}

function loadedWith<Name extends keyof LoadedWith>(name: Name, value: fc.Arbitrary<LoadedWith[Name]>): Change {
  return change(name, value, (load, set) => ({ ...load, loadedWith: { ...load.loadedWith, [name]: set } }));
}

const shuffled = fc.shuffledSubarray([...names], { minLength: names.length });

const decisive: readonly Change[] = [
  key("model_name", word),
  key("model_version", version),
  key("loader", word),
  key("runtime", fc.constantFrom("inprocess", "triton")),
  key("engine", fc.constantFrom("onnx", "tensorrt", "torch", "js")),
  key("precision", fc.constantFrom("fp32", "fp16", "int8", "uint8", "q4")),
  artifacts("the bytes of an artifact", digests, (all, set) => all.map((a, i) => ({ ...a, sha256: set[i] }))),
  artifacts("which artifact has which name", shuffled, (all, set) =>
    all.map((a, i) => ({ ...a, name: set[i] as string, sha256: `${i}`.repeat(64) })),
  ),
  artifacts("which bytes external data that a graph names are", shuffled, (all, set) =>
    all.map((a, i) => ({ ...a, path: `clip/${set[i]}.bin`, sha256: `${i}`.repeat(64) })),
  ),
  change(
    "which artifact is which graph",
    fc.tuple(fc.constantFrom(...names), fc.constantFrom(...names)),
    (load, [vision, text]) => ({
      ...load,
      document: { ...load.document, graphs: { vision: { artifact: vision }, text: { artifact: text } } },
    }),
  ),
  visionGraph("batch_axis", fc.constantFrom(undefined, 0, 1)),
  visionGraph("external_data", fc.constantFrom([], ["weights"], ["tokenizer", "weights"])),
  key("preprocess_preset", perhaps(word)),
  change("preprocessing", image, (load, set) => ({
    ...load,
    document: { ...load.document, preprocessing: { image: set } },
  })),
  key("labels", perhaps(fc.array(fc.constantFrom("cat", "dog", "car"), { maxLength: 3 }))),
  key("parameters", parameters),
  key("input_schema", schemas),
  key("output_schema", schemas),
  resource("max_batch"),
  change("device", fc.constantFrom<Device>("cpu", "cuda:0", "cuda:1", "webgpu"), (load, device) => ({
    ...load,
    device,
  })),
  change("versions", dictionary(word, version, { maxKeys: 3 }), (load, versions) => ({ ...load, versions })),
  loadedWith("plugin", word),
  loadedWith("packages", packages),
  loadedWith("engineRecipes", dictionary(fc.constantFrom("onnxruntime", "llama"), engineRecipe)),
];

const order = fc.boolean();
const reversed = <Value>(record: Readonly<Record<string, Value>>, really: boolean): Record<string, Value> =>
  Object.fromEntries(really ? Object.entries(record).reverse() : Object.entries(record));

const indifferent: readonly Change[] = [
  key("role", word),
  key("description", perhaps(fc.string())),
  key("tasks", fc.constantFrom(["embed-image"], ["embed-image", "embed-text"])),
  key("licence", fc.record({ id: word })),
  key("origin", perhaps(fc.record({ repository: word, revision: word }))),
  key("artifacts_root", perhaps(word)),
  key("device_policy", fc.constantFrom("auto", "cpu")),
  key(
    "golden",
    fc.array(fc.record({ task: fc.constant("embed-image"), input: parameters, output: word, tolerance: whole })),
  ),
  resource("vram_mb"),
  resource("ram_mb"),
  artifacts("size_bytes", whole, (all, size_bytes) => all.map((a) => ({ ...a, size_bytes }))),
  artifacts("the order of the artifacts", shuffled, (all, set) =>
    set.flatMap((name) => all.find((a) => a.name === name) ?? []),
  ),
  visionGraph("external_data", fc.shuffledSubarray(["weights", "tokenizer"], { minLength: 2 })),
  change("the order of keys", order, (load, really) => ({
    ...load,
    document: {
      ...load.document,
      graphs: reversed(load.document.graphs, really),
      parameters: reversed(load.document.parameters as Record<string, unknown>, really),
    },
    versions: reversed(load.versions, really),
    loadedWith: { ...load.loadedWith, packages: reversed(load.loadedWith.packages ?? {}, really) },
  })),
  change("whether the spec names the plugin that has it", order, (load, really) => ({
    ...load,
    document: really ? { ...load.document, plugin: "@menagerie/plugin-clip" } : load.document,
  })),
  change("whether its digests are pinned too", order, (load, really) => {
    const spec = parseModelSpec(load.document, "m.yaml");
    const pinned = { weights_digest: weightsDigest(spec), preprocess_signature: preprocessSignature(spec) };
    return really ? { ...load, document: { ...load.document, ...pinned } } : load;
  }),
];

describe("a signature", () => {
  test.each(decisive)("is another exactly where $of is another", ({ value, set }) => {
    fc.assert(
      fc.property(load, value, value, (of, one, two) => {
        const [first, second] = [set(of, one as never), set(of, two as never)];
        expect(signature(first) === signature(second)).toBe(isDeepStrictEqual(one, two));
      }),
    );
  });

  test.each(indifferent)("does not depend on $of", ({ value, set }) => {
    fc.assert(
      fc.property(load, value, value, (of, one, two) => {
        expect(signature(set(of, one as never))).toBe(signature(set(of, two as never)));
      }),
    );
  });

  test("is the digest of the models used and the recipe, which say so as plain data", () => {
    const { modelsUsedEntry, recipe, modelSignature: signed } = resolved(anyLoad);
    expect(modelSignature([modelsUsedEntry], structuredClone(recipe))).toBe(signed);
  });

  test("over several models does not depend on their order, versions of one model among them", () => {
    fc.assert(
      fc.property(load, word, version, (of, name, another) => {
        const { modelsUsedEntry: a, recipe } = resolved(of);
        const models = [a, { ...a, model_name: name }, { ...a, model_version: another }];
        expect(modelSignature(models, recipe)).toBe(modelSignature(models.toReversed(), recipe));
      }),
    );
  });

  test("needs no more than a spec, a device and versions", () => {
    const spec = parseModelSpec(anyLoad.document, "m.yaml");
    expect(resolveModel(spec, "cpu", {}).recipe).toMatchObject({ plugin: "", packages: {}, engine_recipes: {} });
    expect(resolveModel({ ...spec, plugin: "mine" }, "cpu", {}).recipe.plugin).toBe("mine");
  });

  test("of preprocessing that is pinned refuses an edit", () => {
    const spec = parseModelSpec(anyLoad.document, "m.yaml");
    const pinned = { ...spec, preprocess_signature: preprocessSignature(spec) };
    expect(preprocessSignature(pinned)).toBe(pinned.preprocess_signature);
    expect(() => resolveModel({ ...pinned, preprocess_preset: "another" }, "cpu", {})).toThrow(ModelError);
  });
});
