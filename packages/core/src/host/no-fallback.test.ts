import { createHash } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { provide } from "../container/container.ts";
import type { ModelError } from "../contract/model-error.ts";
import { createZoo, type ZooOptions } from "./create-zoo.ts";
import type { LocalZoo } from "./local-zoo.ts";
import { DeviceProbeToken } from "./services.ts";
import { declaredEngine, onEngine, scriptedPlugin, TemporaryApplication } from "./temporary-application.ts";

const image = new Uint8Array([1, 2, 3]);
const answering = `tasks = { "score-image": (opened, input) => ({ score: 1, best: 0, worst: 100 }) }; async open() { return {}; }`;

const zooOf = (app: TemporaryApplication, options: ZooOptions = {}): Promise<LocalZoo> =>
  createZoo({
    appDir: app.dir,
    modelsRoot: join(app.dir, "models"),
    ...options,
    spec: { runner: "inline", ...options.spec },
  });

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "no error",
    (error: ModelError) => error.code,
  );

const ask = (zoo: LocalZoo, name: string): Promise<unknown> => zoo.run(name, "score-image", { image });

describe("no other model is put in the place of one that cannot be had:", () => {
  test("a required artifact that is deleted is an error, and so is one that comes back changed", async () => {
    const sha256 = createHash("sha256").update("weights").digest("hex");
    const artifact = { name: "weights", path: "a.bin", sha256 };
    await using app = await TemporaryApplication.create({
      "plugin-a": scriptedPlugin("plugin-a", "a", answering, { local_artifacts: [artifact] }),
      // Another precision and another model of the role are there, and are not taken.
      "plugin-b": scriptedPlugin("plugin-b", "a-fp16", answering, { precision: "fp16" }),
    });
    const file = await app.write("models/a.bin", "weights");
    await using zoo = await zooOf(app);
    await ask(zoo, "a");
    await zoo.unload("a");
    await rm(file);
    expect(await codeOf(ask(zoo, "a"))).toBe("weights_missing");
    await writeFile(file, "weightZ");
    await zoo.unload("a");
    expect(await codeOf(ask(zoo, "a"))).toBe("weights_digest_mismatch");
    expect(zoo.status().models.map(({ model, loads }) => [model, loads])).toEqual([
      ["a", 1],
      ["a-fp16", 0],
    ]);
  });

  test("a refused spec is named with its cause by its name, its role, and what is bound to it", async () => {
    await using app = await TemporaryApplication.create({
      mood: scriptedPlugin("mood", "mood", answering, { role: "mood_role", precision: 16 }),
      noise: onEngine(
        scriptedPlugin("noise", "noise", answering, { role: "noise_role", engine: "onnx", precision: "fp64" }),
        "engine",
      ),
      engine: declaredEngine("engine"),
      good: scriptedPlugin("good", "good", answering),
    });
    const aliases = { judge: "mood" };
    await using zoo = await zooOf(app, { spec: { aliases } });
    for (const name of ["mood", "mood_role", "judge"])
      await expect(ask(zoo, name)).rejects.toMatchObject({
        code: "model_spec_invalid",
        model: "mood",
        message: expect.stringMatching(/mood\.yaml.*precision/),
      });
    for (const name of ["noise", "noise_role"])
      await expect(ask(zoo, name)).rejects.toMatchObject({
        code: "unsupported_engine",
        model: "noise",
        message: expect.stringMatching(/fp64/),
      });
    expect(() => zoo.plan(["mood_role"])).toThrow(expect.objectContaining({ model: "mood" }));
    expect(() => zoo.find("noise")).toThrow(/fp64/);
    expect(await codeOf(zoo.load("mood"))).toBe("model_spec_invalid");
    await ask(zoo, "good");
  });

  test("a broken spec of a plugin that the zoo does not use does not make it degraded, and is named all the same", async () => {
    await using app = await TemporaryApplication.create({
      mood: scriptedPlugin("mood", "mood", answering, { precision: 16 }),
      good: scriptedPlugin("good", "good", answering),
    });
    await using zoo = await zooOf(app, { spec: { models: [{ model: "good" }] } });
    expect(zoo.status().health).toBe("healthy");
    expect(await codeOf(ask(zoo, "mood"))).toBe("model_spec_invalid");
  });
});

describe("a device", () => {
  const plugin = onEngine(scriptedPlugin("a", "auto", answering, { engine: "onnx", device_policy: "auto" }), "engine");
  const ordered = scriptedPlugin("a", "ordered", answering, { engine: "onnx", device_policy: "cuda" });
  const application = (): Promise<TemporaryApplication> =>
    TemporaryApplication.create({
      a: { ...plugin, "models/ordered.yaml": ordered["models/ordered.yaml"] ?? "" },
      engine: {
        ...declaredEngine("engine", { devices: ["cpu", "cuda"] }),
        "package.json": JSON.stringify({
          ...JSON.parse(declaredEngine("engine", { devices: ["cpu", "cuda"] })["package.json"] ?? "{}"),
          type: "module",
          exports: "./index.js",
        }),
        "index.js": `export default { name: "engine", contract: 1, engineVersion: async () => "1", supports: () => true,
  validateLocalArtifacts: async () => {}, open: async () => { throw new Error("no graphs here"); } };`,
      },
    });
  const machine = (...devices: ("cpu" | "cuda:0")[]): ZooOptions["services"] => [
    provide(DeviceProbeToken, () => ({
      devices: async () => devices.map((device) => ({ device, totalBytes: 8e9 })),
      cores: () => 1,
    })),
  ];

  test("that is ordered and not there is an error that names those there are, and never the CPU", async () => {
    await using app = await application();
    await using zoo = await zooOf(app, { services: machine("cpu") });
    await expect(ask(zoo, "ordered")).rejects.toMatchObject({ code: "unsupported_device", model: "ordered" });
  });

  test("that auto chose is in the answer, and another one gives another signature", async () => {
    await using app = await application();
    const answers = [];
    for (const devices of [["cpu"], ["cpu", "cuda:0"]] as const) {
      await using zoo = await zooOf(app, { services: machine(...devices) });
      answers.push(await zoo.run("auto", "score-image", { image }));
    }
    expect(answers.map(({ models_used }) => models_used[0]?.device)).toEqual(["cpu", "cuda:0"]);
    expect(answers[0]?.model_signature).not.toBe(answers[1]?.model_signature);
  });
});
