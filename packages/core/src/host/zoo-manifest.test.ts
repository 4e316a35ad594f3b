import { createHash } from "node:crypto";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createZoo, type ZooOptions } from "./create-zoo.ts";
import type { LocalZoo } from "./local-zoo.ts";
import { mlBom } from "./ml-bom.ts";
import { scriptedPlugin, TemporaryApplication } from "./temporary-application.ts";
import { zooManifest } from "./zoo-manifest.ts";

const image = new Uint8Array([1, 2, 3]);
const answering = `tasks = { "score-image": (opened, input) => ({ score: 1, best: 0, worst: 100 }) }; async open() { return {}; }`;
const sha256 = createHash("sha256").update("weights").digest("hex");

async function application(): Promise<TemporaryApplication> {
  const plugin = (name: string, model: string, spec: object): Record<string, string> =>
    scriptedPlugin(name, model, answering, { ...spec });
  const app = await TemporaryApplication.create({
    "plugin-a": plugin("plugin-a", "one", {
      local_artifacts: [{ name: "weights", path: "one.bin", sha256, size_bytes: 7 }],
      origin: { repository: "acme/one", revision: "ab".repeat(20) },
      licence: { id: "CC-BY-NC-4.0", training_data: { id: "CC-BY-4.0" } },
    }),
    "plugin-b": plugin("plugin-b", "open", {
      role: "other",
      local_artifacts: [{ name: "weights", path: "open.bin" }],
      licence: { id: "NOASSERTION" },
    }),
    "plugin-c": plugin("plugin-c", "two", {}),
  });
  await app.write("models/one.bin", "weights");
  return app;
}

const zooOf = (app: TemporaryApplication, options: ZooOptions = {}): Promise<LocalZoo> =>
  createZoo({
    appDir: app.dir,
    modelsRoot: join(app.dir, "models"),
    ...options,
    spec: { runner: "inline", ...options.spec },
  });

describe("a manifest", () => {
  test("says before a run which model a role means, with digests, device and packages, and loads nothing", async () => {
    await using app = await application();
    await using zoo = await zooOf(app, { spec: { roles: { image_quality: "one" } } });
    const manifest = await zooManifest(zoo);
    expect(manifest.roles).toMatchObject({
      image_quality: { model_name: "one", precision: "fp32", device: "cpu", runtime: "inprocess", engine: "js" },
      other: { model_name: "open" },
    });
    expect(manifest.models.map(({ model_name }) => model_name)).toEqual(["one", "open", "two"]);
    expect(manifest.models[0]).toMatchObject({
      weights_digest: expect.stringMatching(/^sha256:/),
      preprocess_signature: expect.stringMatching(/^sha256:/),
      packages: [{ plugin: "plugin-a", version: "1.2.3", digest: expect.stringMatching(/^sha256:/) }],
    });
    expect(manifest.models_used).toBeUndefined();
    expect(zoo.status().models.map(({ loads }) => loads)).toEqual([0, 0, 0]);
  });

  test("is whole where one model is not: what cannot be settled is left out and says why", async () => {
    await using app = await application();
    await using zoo = await zooOf(app);
    const { models, ambiguous_roles } = await zooManifest(zoo, { load: true });
    expect(models[1]).toMatchObject({ model_name: "open", problem: { code: "weights_unpinned" } });
    expect(models[1]).not.toHaveProperty("weights_digest");
    expect(models.map(({ model_signature }) => model_signature !== undefined)).toEqual([true, false, true]);
    expect(ambiguous_roles).toEqual({ image_quality: ["one", "two"] });
    await expect(zooManifest(zoo, { models: ["image_quality"] })).rejects.toMatchObject({ code: "role_ambiguous" });
  });

  test("says after a run what gave its answers, each once, under the signature that they carry and that a load foretells", async () => {
    await using app = await application();
    await using zoo = await zooOf(app);
    const before = await zooManifest(zoo, { models: ["two"], load: true });
    const answers = [await zoo.run("two", "score-image", { image }), await zoo.run("two", "score-image", { image })];
    const after = await zooManifest(zoo, { models: ["two"], answers });
    expect(after.models_used).toEqual([
      { ...answers[0]?.models_used[0], model_signature: answers[0]?.model_signature },
    ]);
    expect(after.models).toEqual(before.models);
    expect(before.models[0]?.model_signature).toBe(answers[0]?.model_signature);
  });
});

test("an ML-BOM has each model with its files and each package, each reference once, and no licence that nobody states", async () => {
  await using app = await application();
  await using zoo = await zooOf(app);
  const manifest = await zooManifest(zoo);
  const bom = mlBom(manifest) as {
    components: Record<string, unknown>[];
    dependencies: { ref: string; dependsOn: string[] }[];
  };
  expect(bom).toMatchObject({ bomFormat: "CycloneDX", specVersion: "1.6" });
  expect(bom.components[0]).toMatchObject({
    type: "machine-learning-model",
    "bom-ref": "model:one@1",
    licenses: [{ expression: "CC-BY-NC-4.0" }],
    purl: `pkg:huggingface/acme/one@${"ab".repeat(20)}`,
    hashes: [{ alg: "SHA-256", content: manifest.models[0]?.weights_digest?.slice(7) }],
    components: [{ type: "file", name: "one.bin", hashes: [{ alg: "SHA-256", content: sha256 }] }],
  });
  expect(bom.components[1]).not.toHaveProperty("licenses");
  const refs = bom.components.flatMap((each) => [
    each["bom-ref"],
    ...((each.components ?? []) as Record<string, unknown>[]).map((file) => file["bom-ref"]),
  ]);
  expect(new Set(refs).size).toBe(refs.length);
  for (const { dependsOn } of bom.dependencies) for (const ref of dependsOn) expect(refs).toContain(ref);
  expect(JSON.stringify(mlBom(await zooManifest(zoo)))).toBe(JSON.stringify(bom));
});

test("an ML-BOM names the host whose repository it is: the spec's, or the one that a lock has before the name", async () => {
  await using app = await application();
  await using zoo = await zooOf(app);
  const manifest = await zooManifest(zoo, { models: ["two"] });
  const revision = "ab".repeat(20);
  const stated = [
    { repository: "acme/two", revision },
    { repository: "acme/two", revision, host: "github" },
    { repository: "hf:acme/two", revision, host: "github" },
    { repository: "github:acme/two", revision },
    { repository: "/mnt/stick/two" },
  ] as const;
  const said = stated.map((origin) => {
    const bom = mlBom({ ...manifest, models: manifest.models.map((model) => ({ ...model, origin })) });
    const [{ purl, externalReferences }] = bom.components as [{ purl?: string; externalReferences: { url: string }[] }];
    return [purl, externalReferences[0]?.url];
  });
  expect(said).toEqual([
    [`pkg:huggingface/acme/two@${revision}`, "https://huggingface.co/acme/two"],
    [`pkg:github/acme/two@${revision}`, "https://github.com/acme/two"],
    [`pkg:huggingface/acme/two@${revision}`, "https://huggingface.co/acme/two"],
    [`pkg:github/acme/two@${revision}`, "https://github.com/acme/two"],
    [undefined, "/mnt/stick/two"],
  ]);
});
