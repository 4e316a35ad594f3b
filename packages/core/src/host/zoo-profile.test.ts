import { afterEach, describe, expect, test, vi } from "vitest";
import { createZoo, type ZooOptions } from "./create-zoo.ts";
import type { LocalZoo } from "./local-zoo.ts";
import { parseZooSpec } from "./read-yaml.ts";
import { scriptedPlugin, TemporaryApplication } from "./temporary-application.ts";
import { inProfile } from "./zoo-profile.ts";
import type { ZooSpecInput } from "./zoo-spec.ts";

const answering = `tasks = { "score-image": (opened, input) => ({ score: 1, best: 0, worst: 100 }) }; async open() { return {}; }`;
const spec: ZooSpecInput = {
  runner: "inline",
  memory_mb: { cpu: 4000, "cuda:0": 8000 },
  max_queue: 7,
  models: [{ model: "a", cache_policy: "keep_warm" }, { model: "a-fp16" }],
  roles: { image_quality: "a" },
  aliases: { judge: "a" },
  profiles: {
    small: { memory_mb: { cpu: 500 }, models: [{ model: "a-fp16" }], roles: { image_quality: "a-fp16" } },
    laptop: { max_queue: 3, aliases: { other: "a-fp16" } },
  },
};

async function zooOf(app: TemporaryApplication, options: ZooOptions): Promise<LocalZoo> {
  return createZoo({ appDir: app.dir, spec, ...options });
}

afterEach(() => vi.unstubAllEnvs());

describe("a profile", () => {
  test("stands in the place of what the spec says: maps key by key, all else whole, and no default counts", () => {
    const whole = parseZooSpec(spec, "the test");
    expect(inProfile(whole, undefined, "the test")).toBe(whole);
    expect(inProfile(whole, "small", "the test")).toMatchObject({
      memory_mb: { cpu: 500, "cuda:0": 8000 },
      max_queue: 7,
      roles: { image_quality: "a-fp16" },
      aliases: { judge: "a" },
      models: [{ model: "a-fp16", cache_policy: "on_demand" }],
    });
    expect(inProfile(whole, "laptop", "the test")).toEqual({
      ...whole,
      max_queue: 3,
      aliases: { judge: "a", other: "a-fp16" },
    });
  });

  test("composes a zoo of other models, precisions and budgets, by option or by variable", async () => {
    const files = {
      ...scriptedPlugin("plugin-a", "a", answering),
      ...{
        "models/b.yaml": scriptedPlugin("x", "a-fp16", answering, { precision: "fp16" })["models/a-fp16.yaml"] ?? "",
      },
    };
    await using app = await TemporaryApplication.create({ "plugin-a": files });
    const seen = async (options: ZooOptions): Promise<unknown[]> => {
      await using zoo = await zooOf(app, options);
      return [
        zoo.models.map(({ model_name }) => model_name),
        zoo.find("image_quality").precision,
        zoo.status().devices[0]?.budget_bytes,
      ];
    };
    const [plain, small] = [
      [["a", "a-fp16"], "fp32", 4e9],
      [["a-fp16"], "fp16", 500e6],
    ];
    expect(await seen({})).toEqual(plain);
    expect(await seen({ profile: "small" })).toEqual(small);
    vi.stubEnv("MENAGERIE_PROFILE", "small");
    expect(await seen({})).toEqual(small);
    expect(await seen({ profile: "laptop" })).toEqual(plain);
  });

  test("that there is not is an error with the nearest, and what is wrong in one that nobody names is said too", async () => {
    await using app = await TemporaryApplication.create();
    await expect(zooOf(app, { profile: "smal" })).rejects.toMatchObject({
      code: "zoo_spec_invalid",
      message: 'The zoo spec has no profile "smal". Did you mean "small"?',
    });
    await expect(zooOf(app, { spec: {}, profile: "x" })).rejects.toThrow(/It has none: write them under "profiles"/);
    const wrong = { profiles: { small: { max_queues: 3 } } } as never;
    await expect(zooOf(app, { spec: wrong })).rejects.toThrow(/profiles\.small.*max_queue/);
    await expect(zooOf(app, { spec: { profiles: { a: { profiles: {} } } } as never })).rejects.toThrow(/profiles/);
  });
});
