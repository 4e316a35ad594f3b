import { cp, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type BrisqueModel, loadBrisqueModel } from "./load-brisque-model.ts";

const fixtures = fileURLToPath(new URL("../fixtures/", import.meta.url));
const [model, range] = ["brisque_model.yml", "brisque_range.yml"] as const;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "brisque-files-"));
  for (const file of [model, range]) await cp(join(fixtures, file), join(folder, file));
});
afterEach(() => rm(folder, { recursive: true }));

/** Score of a picture whose score by OpenCV is in reference.json. */
async function score(): Promise<number> {
  await using brisque: BrisqueModel = await loadBrisqueModel(folder);
  return (await brisque.scoreImage(new Uint8Array(await readFile(join(fixtures, "blur-2-0.png"))))).score;
}
async function expected(): Promise<number> {
  const all = JSON.parse(await readFile(join(fixtures, "reference.json"), "utf8")) as { file: string; score: number }[];
  return all.find(({ file }) => file === "blur-2-0.png")?.score ?? Number.NaN;
}

test("a regression of any name is found by what it begins with", async () => {
  await rename(join(folder, model), join(folder, "ours.yaml"));
  await rename(join(folder, range), join(folder, "our-range.yaml"));
  expect(await score()).toBeCloseTo(await expected(), 1);
});

test("lines may end as Windows ends them, and the other regression of OpenCV predicts alike", async () => {
  for (const file of [model, range]) {
    const text = await readFile(join(folder, file), "utf8");
    await writeFile(join(folder, file), text.replaceAll("\n", "\r\n").replace("EPS_SVR", "NU_SVR"));
  }
  expect(await score()).toBeCloseTo(await expected(), 1);
});

test("two regressions of unknown names are refused, and so are weights of PyTorch, with what to do", async () => {
  await cp(join(folder, model), join(folder, "a.yml"));
  await rename(join(folder, model), join(folder, "b.yml"));
  await expect(score()).rejects.toMatchObject({
    code: "checkpoint_invalid",
    message: expect.stringContaining("a.yml: is not the only one of its kind: there is b.yml"),
  });
  for (const file of ["a.yml", "b.yml"]) await rm(join(folder, file));
  await writeFile(join(folder, "brisque_svm_weights.pt"), "PK");
  await expect(score()).rejects.toMatchObject({
    code: "checkpoint_invalid",
    message: expect.stringContaining("brisque.py brisque_svm_weights.pt"),
  });
});

test("a regression whose numbers give no score is the model's fault, and is not clipped to the worst of scores", async () => {
  const text = await readFile(join(folder, model), "utf8");
  for (const [gamma, given] of [
    ["-1e9", /gave (NaN|-?Infinity) instead of a score/],
    ["1e400", /key "gamma": is "1e400", not a number/],
  ] as const) {
    await writeFile(join(folder, model), text.replace(/gamma: \S+/, `gamma: ${gamma}`));
    await expect(score()).rejects.toMatchObject({ message: expect.stringMatching(given) });
  }
  await writeFile(join(folder, model), text.replace(/rho: \S+/, "rho: -1e300"));
  await expect(score()).rejects.toMatchObject({ code: "model_output_invalid" });
});

test("a feature whose range has one end is refused, for no picture's value fits into it", async () => {
  const text = await readFile(join(folder, range), "utf8");
  const [first, ...rest] = /data: \[([^\]]*)\]/.exec(text)?.[1]?.split(",") ?? [];
  const flat = [first, ...rest.with(35, ` ${first}`)].join(",");
  await writeFile(join(folder, range), text.replace(/data: \[[^\]]*\]/, `data: [${flat}]`));
  await expect(score()).rejects.toMatchObject({ message: expect.stringContaining("has no range for feature 1") });
});
