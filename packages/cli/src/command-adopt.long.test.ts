import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { removeFolder } from "@menagerie/core/loader";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const main = join(root, "packages/cli/src/main.ts");

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "menagerie-adopt-"));
});
afterAll(() => removeFolder(folder));

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function zoo(...args: string[]): Promise<Ended> {
  const env = { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0", MENAGERIE_CACHE: join(folder, "cache") };
  const command = ["--conditions=menagerie-source", main, "--app", root, ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, command, { cwd: folder, env }, (error, out, err) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, out, err });
    });
  });
}

const fixture = (plugin: string, name: string): string => join(root, "plugins", plugin, "fixtures", name);

test("without a model to be like, the families that fit are proposed with a command to copy", async () => {
  await cp(fixture("weather", "seed-1"), join(folder, "my weather"), { recursive: true });
  const { code, out } = await zoo("adopt", "my weather");
  expect(code).toBe(0);
  expect(out).toContain("It fits the families of:\n  --like weather-classification");
  expect(out).toContain("Try: zoo adopt 'my weather' --like weather-classification\n");
  const machine = JSON.parse((await zoo("adopt", "my weather", "--json")).out) as { fitting: { like: string }[] };
  expect(machine.fitting.map(({ like }) => like)).toContain("pet-classifier");
  const written = await zoo("adopt", "my weather", "-o", "weather.yaml");
  expect([written.code, written.err]).toEqual([1, expect.stringContaining("for you to say, with --like")]);
});

test("a folder of another family than the one named says which it fits", async () => {
  const { code, err } = await zoo("adopt", fixture("vitpose", "plain"), "--like", "clip-vit-b32");
  expect(code).toBe(1);
  expect(err).toMatch(
    /key "model_type": is "vitpose"; "clip" was expected\. It fits the family of:\n {2}--like vitpose-/,
  );
});

test("a folder that fits no family says what lies in it", async () => {
  await cp(fixture("vehicle-damage", "square/best.onnx"), join(folder, "run/weights/best.onnx"), { recursive: true });
  const above = await zoo("adopt", "run", "--json");
  expect(JSON.parse(above.out)).toMatchObject({
    error: { code: "checkpoint_invalid", message: expect.stringMatching(/lie further down .*adopt run\/weights\./) },
  });
  expect((await zoo("adopt", "run/weights")).out).toContain("--like vehicle-damage-detection");
});

test("a file of weights that is a git-lfs pointer is named, with its promised size", async () => {
  const dir = join(folder, "pointed");
  await cp(fixture("clip", "square"), dir, { recursive: true });
  const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 352000000\n";
  await writeFile(join(dir, "onnx/vision_model.onnx"), pointer);
  const { err } = await zoo("adopt", "pointed", "--like", "clip-vit-b32");
  expect(err).toMatch(
    /^error checkpoint_invalid: .*onnx\/vision_model\.onnx: is a git-lfs pointer, which promises 352\.0 MB.*git lfs pull/,
  );
  expect(err).not.toContain("It fits");
});

test("the command to copy is quoted, the report has what was asked and measured, and --no-ask asks nothing", async () => {
  await cp(fixture("clip", "square"), join(folder, "clip"), { recursive: true });
  for (const file of ["text_model.onnx"]) await rm(join(folder, "clip/onnx", file));
  const told = await zoo("adopt", "clip", "--like", "clip-vit-b32", "-o", "my clip.yaml");
  expect(told.err).toContain("Try: zoo run clip photo.jpg --spec 'my clip.yaml' --task embed-image");
  expect(told.err).toContain("assumed: the tower of pictures alone is meant");
  expect(await readFile(join(folder, "my clip.yaml"), "utf8")).toContain("tasks:\n  - embed-image\n");
  const machine = JSON.parse((await zoo("adopt", "clip", "--like", "clip-vit-b32", "--json")).out) as {
    asked: { task: string; items: number; ms: number }[];
    peak_bytes: number;
    declared_bytes: number;
  };
  expect(machine.asked.map(({ task, items }) => [task, items])).toEqual([
    ["embed-image", 1],
    ["embed-image", 1],
    ["embed-image", 3],
  ]);
  expect(machine.peak_bytes).toBeGreaterThan(40e6);
  const silent = await zoo("adopt", "clip", "--like", "clip-vit-b32", "--no-ask", "--json");
  expect(JSON.parse(silent.out)).toMatchObject({ asked: [] });
});
