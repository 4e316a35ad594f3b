import { createHash } from "node:crypto";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { logTo } from "../contract/log.ts";
import type { ModelError } from "../contract/model-error.ts";
import type { ModelSpec } from "../contract/model-spec.ts";
import { sha256Of } from "../files/sha256-of.ts";
import { RunnerSession } from "../runner/runner-session.ts";
import { createZoo } from "./create-zoo.ts";
import { runnerEnvironment } from "./runners/recipe.ts";
import { scriptedPlugin, TemporaryApplication } from "./temporary-application.ts";

const image = new Uint8Array([1, 2, 3]);
const answering = `tasks = { "score-image": (opened, input) => ({ score: 1, best: 0, worst: 100 }) }; async open() { return {}; }`;

async function opened(artifacts: Readonly<Record<string, object>>, models: readonly object[]) {
  const app = await TemporaryApplication.create(
    Object.fromEntries(
      Object.entries(artifacts).map(([name, artifact]) => [
        name,
        scriptedPlugin(name, name, answering, {
          local_artifacts: Object.keys(artifact).length === 0 ? [] : [artifact],
        }),
      ]),
    ),
  );
  await app.write("models/whisper/model.bin", "weights");
  await app.write("models/whisper/vocabulary/words.txt", "words");
  const spec = { runner: "inline", models } as never;
  const zoo = await createZoo({ appDir: app.dir, modelsRoot: join(app.dir, "models"), spec });
  return {
    zoo,
    async [Symbol.asyncDispose]() {
      await zoo.close();
      await app[Symbol.asyncDispose]();
    },
  };
}

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "no error",
    (error: ModelError) => error.code,
  );

describe("a model whose weights are not a plain file", () => {
  test("is loaded from a folder that is said to be one, and a folder in a file's place is told as that", async () => {
    await using app = await TemporaryApplication.create();
    await app.write("whisper/model.bin", "weights");
    await app.write("whisper/vocabulary/words.txt", "words");
    const sha256 = await sha256Of(join(app.dir, "whisper"), "dir");
    const folder = { name: "weights", path: "whisper", kind: "dir", sha256 };
    await using held = await opened({ asr: folder, ocr: { ...folder, kind: "file" } }, [
      { model: "asr" },
      { model: "ocr" },
    ]);
    await held.zoo.run("asr", "score-image", { image });
    await expect(held.zoo.load("ocr")).rejects.toMatchObject({
      code: "weights_unreadable",
      message: /is not a file/ as never,
    });
  });

  test("keeps no other model from answering, required or not, and health says which it is", async () => {
    const placeholder = { name: "weights", path: "placeholder", sha256: "0".repeat(64) };
    for (const [required, health] of [
      [true, "unhealthy"],
      [false, "degraded"],
    ] as const) {
      await using held = await opened({ asr: placeholder, other: {} }, [
        { model: "asr", required, cache_policy: "keep_warm" },
        { model: "other", cache_policy: "keep_warm" },
      ]);
      const { zoo } = held;
      expect((await zoo.warm()).map(({ code, model }) => [code, model])).toEqual([["weights_missing", "asr"]]);
      await zoo.run("other", "score-image", { image });
      expect(zoo.status().health).toBe(health);
      expect(Object.entries(zoo.health().errors ?? {}).map(([model, { code }]) => [model, code])).toEqual([
        ["asr", "weights_missing"],
      ]);
    }
  });
});

test("a zoo of no models is healthy and loads them all, which are none; one whose optional models all fail is degraded", async () => {
  await using none = await opened({}, []);
  expect([none.zoo.status().health, await none.zoo.loadAll()]).toEqual(["healthy", []]);
  const gone = { name: "weights", path: "gone", sha256: "0".repeat(64) };
  await using all = await opened({ a: gone, b: gone }, [{ model: "a" }, { model: "b" }]);
  const outcomes = await all.zoo.loadAll();
  expect(outcomes.map(({ model, error }) => [model, error?.code])).toEqual([
    ["a", "weights_missing"],
    ["b", "weights_missing"],
  ]);
  expect(all.zoo.status().health).toBe("degraded");
});

test("a prepared form is made of verified bytes alone: those that changed since they were verified make none", async () => {
  await using app = await TemporaryApplication.create();
  await app.write("model.onnx", "weightZ");
  const sha256 = createHash("sha256").update("weights").digest("hex");
  const local_artifacts = [{ name: "model", path: "model.onnx", kind: "file", sha256 }];
  const spec = { model_name: "m", weights_digest: "auto", local_artifacts, graphs: {} } as unknown as ModelSpec;
  const request = { spec, device: "cpu", artifactsRoot: app.dir, engines: [], threads: 1, verified: {} } as never;
  const made = new RunnerSession(logTo(() => {})).makeForms(request, { g: app.dir });
  expect(await codeOf(made)).toBe("weights_digest_mismatch");
});

test("a runner is offline whatever its host's environment says", () => {
  const env = runnerEnvironment({ HF_HUB_OFFLINE: "0", TRANSFORMERS_OFFLINE: "0", ORT_DISABLE_TELEMETRY: "0" });
  expect(env).toMatchObject({ HF_HUB_OFFLINE: "1", TRANSFORMERS_OFFLINE: "1", ORT_DISABLE_TELEMETRY: "1" });
});
