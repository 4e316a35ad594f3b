import { readFileSync } from "node:fs";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { decodeImage } from "@menagerie/vision";
import { describe, expect, it } from "vitest";
import { readScaling } from "./feature-scaling.ts";
import { liveFeatures } from "./live-features.ts";
import { loadBrisqueModel } from "./load-brisque-model.ts";

interface Reference {
  readonly pictures: Record<string, { readonly features: readonly number[]; readonly score: number }>;
}

// Made by tools/export/brisque.py with piq in float64.
const fixtures = fileURLToPath(new URL("../fixtures/", import.meta.url));
const reference: Reference = JSON.parse(readFileSync(join(fixtures, "live/reference.json"), "utf8"));

describe("BRISQUE with the statistics of its authors' release", () => {
  it.each(Object.entries(reference.pictures))("finds piq's statistics and score of %s", async (name, expected) => {
    const bytes = new Uint8Array(readFileSync(join(fixtures, name)));
    const features = liveFeatures(await decodeImage(bytes));
    for (const [i, value] of expected.features.entries())
      expect(Math.abs((features[i] as number) - value)).toBeLessThan(1e-7 * Math.max(1, Math.abs(value)));
    await using model = await loadBrisqueModel(join(fixtures, "live"));
    expect((await model.scoreImage(bytes)).score).toBeCloseTo(expected.score, 4);
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

  it.each([
    ["a feature less", (lines: string[]) => lines.slice(0, -1), "it has no feature 36"],
    ["scores that are scaled too", (lines: string[]) => ["y", "-1 1", "0 100", ...lines], 'section "y"'],
    ["no bounds", (lines: string[]) => ["x", ...lines.slice(2)], "two numbers were expected"],
    ["a feature of one value", (lines: string[]) => [...lines.slice(0, -1), "36 2 2"], '"36 2 2"'],
  ])("refuses a table of ranges with %s by name", (_, damage, words) => {
    const text = damage(rangeLines).join("\n");
    expect(() => readScaling({ text, file: "allrange" }, 36, "checkpoint_invalid")).toThrow(
      expect.objectContaining({ code: "checkpoint_invalid", message: expect.stringContaining(words) }),
    );
  });

  it("takes bounds and features of a table of ranges in any order, with lines as Windows ends them", () => {
    const [head = "", , ...features] = rangeLines;
    const text = [head, "0 2", ...features.reverse()].join("\r\n");
    const { lower, upper, ranges } = readScaling({ text, file: "allrange" }, 36, "checkpoint_invalid");
    expect([lower, upper, ranges[0], ranges[35]]).toEqual([0, 2, [-1, 1], [-1, 36]]);
  });
});

const rangeLines = ["x", "-1 1", ...Array.from({ length: 36 }, (_, i) => `${i + 1} -1 ${i + 1}`)];
