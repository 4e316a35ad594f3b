import { readFileSync } from "node:fs";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { decodeImage } from "@menagerie/vision";
import { describe, expect, it } from "vitest";
import { liveFeatures } from "./live-features.ts";
import { loadBrisqueModel } from "./load-brisque-model.ts";

interface Reference {
  readonly pictures: Record<string, { readonly features: readonly number[]; readonly score: number }>;
}

// Made by tools/export/brisque/live_brisque.py with piq in float64.
const fixtures = fileURLToPath(new URL("../fixtures/", import.meta.url));
const reference: Reference = JSON.parse(readFileSync(join(fixtures, "live/reference.json"), "utf8"));

describe("BRISQUE with the statistics of its authors' release", () => {
  it.each(Object.entries(reference.pictures))("finds piq's statistics and score of %s", async (name, expected) => {
    const bytes = new Uint8Array(readFileSync(join(fixtures, name)));
    const features = liveFeatures(await decodeImage(bytes));
    // In the flat blocks of a strongly compressed picture the sign of what rounding leaves is counted, piq's and ours.
    const isBlocky = name === "jpeg-5-1.png";
    const tolerance = isBlocky ? 3e-3 : 1e-5;
    for (const [i, value] of expected.features.entries())
      expect(Math.abs((features[i] as number) - value)).toBeLessThan(tolerance * Math.max(1, Math.abs(value)));
    await using model = await loadBrisqueModel(join(fixtures, "live"));
    expect((await model.scoreImage(bytes)).score).toBeCloseTo(expected.score, isBlocky ? 0 : 2);
  });

  it("refuses a flat picture and a picture of a few pixels", () => {
    for (const side of [1, 3, 40])
      expect(() => liveFeatures({ data: new Uint8Array(side * side * 3).fill(90), width: side, height: side })).toThrow(
        expect.objectContaining({ code: "input_invalid" }),
      );
  });

  it.each([
    ["no vectors", (text: string) => text.split("SV")[0] ?? "", '"SV"'],
    ["another kernel", (text: string) => text.replace("rbf", "linear"), "kernel_type"],
    ["fewer vectors than it says", (text: string) => text.replace(/total_sv \d+/, "total_sv 999"), "999"],
    ["a 37th feature", (text: string) => text.replace(" 36:", " 37:"), "37:"],
    ["letters for a number", (text: string) => text.replace(/rho .*/, "rho x"), "rho"],
  ])("refuses a regression with %s by name", async (_, damage, words) => {
    const folder = await mkdtemp(join(tmpdir(), "brisque-live-"));
    await writeFile(join(folder, "allmodel"), damage(readFileSync(join(fixtures, "live/allmodel"), "utf8")));
    await expect(loadBrisqueModel(folder)).rejects.toMatchObject({
      code: "checkpoint_invalid",
      message: expect.stringContaining(words),
    });
    await rm(folder, { recursive: true });
  });

  it("takes the ranges of a file allrange where there is one", async () => {
    const folder = await mkdtemp(join(tmpdir(), "brisque-live-"));
    await copyFile(join(fixtures, "live/allmodel"), join(folder, "allmodel"));
    const bytes = new Uint8Array(readFileSync(join(fixtures, "clean-0-0.png")));
    await writeFile(
      join(folder, "allrange"),
      `x\n-1 1\n${Array.from({ length: 36 }, (_, i) => `${i + 1} 0 9`).join("\n")}\n`,
    );
    await using other = await loadBrisqueModel(folder);
    await using known = await loadBrisqueModel(join(fixtures, "live"));
    expect((await other.scoreImage(bytes)).score).not.toBeCloseTo((await known.scoreImage(bytes)).score, 1);
    await writeFile(join(folder, "allrange"), "x\n-1 1\n1 0 9\n");
    await expect(loadBrisqueModel(folder)).rejects.toMatchObject({ code: "checkpoint_invalid" });
    await rm(folder, { recursive: true });
  });
});
