import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isModelError } from "@menagerie/core";
import { CheckpointFolder } from "@menagerie/core/adopt";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { adoptBrisque } from "./adopt-brisque.ts";
import plugin, { loadBrisqueModel } from "./index.ts";

const fixtures = fileURLToPath(new URL("../fixtures/", import.meta.url));
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "brisque-"));
  for (const file of ["brisque_model.yml", "brisque_range.yml"])
    await copyFile(join(fixtures, file), join(folder, file));
});

afterEach(() => rm(folder, { recursive: true }));

describe("the BRISQUE plugin", () => {
  it("answers score-image, says which way the scale runs, and orders pictures by their damage", async () => {
    await using model = await loadBrisqueModel(folder);
    const clean = await model.scoreImage(await picture("clean-0-0.png"));
    const blurred = await model.scoreImage(await picture("blur-2-0.png"));
    expect(clean).toMatchObject({ best: 0, worst: 100 });
    expect(clean.score).toBeGreaterThan(0);
    expect(blurred.score).toBeGreaterThan(clean.score + 10);
  });

  it("reads sixteen bits a pixel as OpenCV reads them, not clipped to white", async () => {
    // Made by tools/export/brisque/sixteen_bits.py.
    const { score } = JSON.parse(await readFile(join(fixtures, "sixteen-bits.json"), "utf8")) as { score: number };
    await using model = await loadBrisqueModel(folder);
    expect((await model.scoreImage(await picture("sixteen-bits.png"))).score).toBeCloseTo(score, 2);
  });

  it("refuses what is no picture", async () => {
    await using model = await loadBrisqueModel(folder);
    await expect(model.scoreImage(Buffer.from("no picture"))).rejects.toMatchObject({ code: "image_undecodable" });
  });

  it("answers nothing after it was given back", async () => {
    const model = await loadBrisqueModel(folder);
    await model[Symbol.asyncDispose]();
    await expect(model.scoreImage(await picture("clean-0-0.png"))).rejects.toMatchObject({ code: "model_not_loaded" });
  });

  it("adopts a folder of OpenCV's two files, with their digests and what is in them", async () => {
    expect(plugin.adopt).toEqual({ brisque: adoptBrisque });
    const { spec, findings } = await adoptBrisque(new CheckpointFolder(folder));
    expect(spec.local_artifacts.map(({ name, path }) => [name, path])).toEqual([
      ["model", "brisque_model.yml"],
      ["range", "brisque_range.yml"],
    ]);
    expect(spec.local_artifacts.every(({ sha256 }) => /^[0-9a-f]{64}$/.test(sha256 ?? ""))).toBe(true);
    expect(findings[0]).toMatch(/^\d+ support vectors of 36 features, gamma 0.05, rho /);
  });

  it("names the missing file of a folder", async () => {
    await rm(join(folder, "brisque_range.yml"));
    const error: unknown = await adoptBrisque(new CheckpointFolder(folder)).catch((cause: unknown) => cause);
    expect(isModelError(error) && error.code).toBe("checkpoint_invalid");
    expect(String(error)).toContain("brisque_range_live.yml");
  });

  it("names the key that a damaged file lacks", async () => {
    const file = join(folder, "brisque_model.yml");
    await writeFile(file, (await readFile(file, "utf8")).replace("rho:", "row:"));
    await expect(adoptBrisque(new CheckpointFolder(folder))).rejects.toMatchObject({
      code: "checkpoint_invalid",
      message: expect.stringContaining('brisque_model.yml, key "rho": is missing'),
    });
  });
});

function picture(name: string): Promise<Uint8Array> {
  return readFile(join(fixtures, name));
}
