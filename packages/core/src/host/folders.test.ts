import { chmod, mkdir, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ModelSpec } from "../contract/model-spec.ts";
import { artifactsRoot, defaultCacheDir, defaultModelsRoot } from "./folders.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "menagerie-folders-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const homeless = ["/", "", "/nonexistent", "relative", "/dev/null"];

describe("the folder of models", () => {
  test("is what DP_MODELS_ROOT says, else under XDG_DATA_HOME, else under the home", () => {
    const env = { DP_MODELS_ROOT: "/models", XDG_DATA_HOME: "/data", HOME: folder };
    expect(defaultModelsRoot(env)).toBe("/models");
    expect(defaultModelsRoot({ ...env, DP_MODELS_ROOT: " " })).toBe("/data/menagerie/models");
    expect(defaultModelsRoot({ HOME: folder, XDG_DATA_HOME: "data" })).toBe(`${folder}/.local/share/menagerie/models`);
  });

  test.each(homeless)("is not known for a user whose home is %j, and only a model that needs it says so", (HOME) => {
    expect(defaultModelsRoot({ HOME })).toBeUndefined();
    const spec = { model_name: "m", local_artifacts: [{}] } as unknown as ModelSpec;
    const root = (change: Partial<ModelSpec>): string =>
      artifactsRoot({ ...spec, ...change }, "/app/m.yaml", undefined);
    expect(root({ artifacts_root: "weights" })).toBe("/app/weights");
    expect(root({ local_artifacts: [] })).toBe("/app");
    for (const change of [{}, { artifacts_root: "$" + "{DP_MODELS_ROOT}/m" }])
      expect(() => root(change)).toThrow(
        expect.objectContaining({ code: "system_error", message: expect.stringContaining("DP_MODELS_ROOT") }),
      );
  });
});

describe("the cache", () => {
  test("is what MENAGERIE_CACHE says, else under XDG_CACHE_HOME, else under the home", () => {
    const env = { MENAGERIE_CACHE: "/forms", XDG_CACHE_HOME: "/cache", HOME: folder };
    expect(defaultCacheDir(env)).toBe("/forms");
    expect(defaultCacheDir({ ...env, MENAGERIE_CACHE: "" })).toBe("/cache/menagerie");
    expect(defaultCacheDir({ HOME: folder })).toBe(`${folder}/.cache/menagerie`);
  });

  test.each(homeless)("of a user whose home is %j is their own among the temporary files", async (HOME) => {
    const cache = defaultCacheDir({ HOME }, folder);
    expect(cache).toBe(join(folder, `menagerie-${process.getuid?.()}`));
    expect((await stat(cache)).mode & 0o777).toBe(0o700);
  });

  test("is refused where others may write into a folder of that name", async () => {
    const temporary = join(folder, "shared");
    const cache = join(temporary, `menagerie-${process.getuid?.()}`);
    await mkdir(cache, { recursive: true });
    await chmod(cache, 0o777);
    expect(() => defaultCacheDir({ HOME: "/" }, temporary)).toThrow(/MENAGERIE_CACHE/);
  });
});
