import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Check } from "./machine-checks.ts";
import { checkZoo } from "./zoo-checks.ts";

async function lockCheck(
  lock: string | undefined,
  files: Readonly<Record<string, string>> = {},
): Promise<Check | undefined> {
  const folder = await mkdtemp(join(tmpdir(), "menagerie-zoo-checks-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, "package.json"), "{}");
  if (lock !== undefined) await writeFile(join(folder, "zoo.lock"), lock);
  await mkdir(join(folder, "models"));
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, "models", name), content);
  return (await checkZoo(folder, join(folder, "models"))).find(({ name }) => name === "lock");
}

const artifact = (name: string): object => ({ name, path: `${name}.onnx`, sha256: "ab".repeat(32), size_bytes: 3 });
const lock = JSON.stringify({ menagerie_lock: 1, models: [{ model: "small", artifacts: ["a", "b"].map(artifact) }] });

test("a lock whose files are there is well", async () => {
  expect(await lockCheck(lock, { "a.onnx": "123", "b.onnx": "123" })).toMatchObject({
    state: "ok",
    values: { models: 1, files: 2, lacking: 0 },
  });
  expect(await lockCheck(undefined)).toMatchObject({ state: "ok", values: { models: 0 } });
});

test("a lock whose files are gone or cut off names the pull that fetches them", async () => {
  expect(await lockCheck(lock, { "a.onnx": "12" })).toMatchObject({
    state: "warn",
    found: expect.stringMatching(/^2 of 2 files .* first a\.onnx of small$/),
    remedy: expect.stringContaining("zoo pull small"),
  });
});

test("a lock that is none is a problem", async () => {
  expect(await lockCheck("{")).toMatchObject({
    state: "problem",
    found: expect.stringContaining("is no lock of a zoo"),
  });
});

test("an application without engines is told what brings one", async () => {
  const folder = await mkdtemp(join(tmpdir(), "menagerie-zoo-checks-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, "package.json"), "{}");
  const engines = (await checkZoo(folder, folder)).find(({ name }) => name === "engines");
  expect(engines).toMatchObject({ state: "warn", remedy: expect.stringContaining("Install a plugin") });
});
