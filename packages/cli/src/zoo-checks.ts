import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { toModelError } from "@menagerie/core";
import { defaultModelsRoot, engineVersions, lockFileOf, readZooLock, systemDeviceProbe } from "@menagerie/core/host";
import type { Check } from "./machine-checks.ts";

/** What an application has: its engines, what its control group gives it, and whether what its lock names is in place. */
export async function checkZoo(appDir: string, modelsRoot: string | undefined): Promise<Check[]> {
  const checks = await Promise.all([checkEngines(appDir), checkControlGroup(), checkLock(appDir, modelsRoot)]);
  return checks.filter((check) => check !== undefined);
}

async function checkEngines(appDir: string): Promise<Check> {
  const name = "engines";
  const versions = await engineVersions(appDir).catch(() => ({}));
  const list = Object.entries(versions).map(([engine, version]) => `${engine} ${version}`);
  if (list.length > 0) return { name, state: "ok", found: list.join(", "), values: { ...versions } };
  return {
    name,
    state: "warn",
    found: "no engine can be imported",
    values: {},
    remedy:
      "Install a plugin that brings one, such as @menagerie/plugin-clip; ONNX Runtime needs `npm rebuild onnxruntime-node` where its install script was held back.",
  };
}

/** Undefined where the system has no such groups. */
async function checkControlGroup(): Promise<Check | undefined> {
  const groups = await readFile("/proc/self/cgroup", "utf8").catch(() => undefined);
  if (groups === undefined) return undefined;
  const isSecond = groups.split("\n").some((line) => line.startsWith("0::"));
  const cores = systemDeviceProbe.cores();
  const found = `version ${isSecond ? 2 : 1}, ${cores} ${cores === 1 ? "core" : "cores"} for runs`;
  return { name: "control_group", state: "ok", found, values: { version: isSecond ? 2 : 1, cores } };
}

/** Looks at names and lengths; `zoo verify` reads the bytes. */
async function checkLock(appDir: string, modelsRoot: string | undefined): Promise<Check> {
  const name = "lock";
  const file = lockFileOf(join(appDir, "zoo.yaml"));
  const lock = await readZooLock(file).catch((error: unknown) => toModelError(error));
  if (lock instanceof Error)
    return { name, state: "problem", found: lock.message, values: { path: file }, remedy: "Correct or remove it." };
  const root = modelsRoot ?? defaultModelsRoot();
  if (lock.models.length === 0)
    return { name, state: "ok", found: `${file} pins no files`, values: { path: file, models: 0 } };
  const files = lock.models.flatMap(({ model, artifacts }) => artifacts.map((artifact) => ({ model, ...artifact })));
  const places = await Promise.all(
    files.map(async (artifact) => {
      const info = root === undefined ? undefined : await stat(join(root, artifact.path)).catch(() => undefined);
      return info?.size === artifact.size_bytes || info?.isDirectory() === true ? [] : [artifact];
    }),
  );
  const lacking = places.flat();
  const values = { path: file, models: lock.models.length, files: files.length, lacking: lacking.length };
  const [first] = lacking;
  if (first === undefined)
    return { name, state: "ok", found: `${file} pins ${files.length} files, which are all there`, values };
  return {
    name,
    state: "warn",
    found: `${lacking.length} of ${files.length} files that ${file} pins are not there, or are of another length, first ${first.path} of ${first.model}`,
    values,
    remedy: `\`zoo pull ${first.model}\` fetches what is lacking.`,
  };
}
