import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { logTo, type ModelSpec } from "@menagerie/core";
import { createZoo, type LocalZoo } from "@menagerie/core/host";
import { writeMlp } from "@menagerie/testing";
import { times } from "../proof.ts";
import { specOf } from "../proof-zoo.ts";
import { peakOf } from "./tree-memory.ts";

const here = fileURLToPath(new URL("..", import.meta.url));
const sizesMb = [50, 80, 120, 160, 200, 250, 320, 400] as const;

/** Graphs of 50 to 400 MB, and specs that declare what each was measured to need, its runs included. */
export async function measuredModels(folder: string): Promise<readonly ModelSpec[]> {
  const specs: ModelSpec[] = [];
  for (const megabytes of sizesMb) {
    const file = `mlp${megabytes}.onnx`;
    await writeMlp(join(folder, file), { megabytes });
    specs.push({ ...(await specOf(folder, file)), model_name: `mlp-${megabytes}` });
  }
  await using zoo = await zooOf(folder, specs, undefined);
  const measured: ModelSpec[] = [];
  for (const spec of specs) {
    const { model_name: name, resource_requirements } = spec;
    // The first load makes the prepared form; what counts is the second.
    await zoo.run(name, "score-image", times(1));
    await zoo.unload(name);
    await zoo.run(name, "score-image", times(5));
    const pid = zoo.status().models.find(({ model }) => model === name)?.pid ?? 0;
    const ram_mb = Math.ceil((await peakOf(pid)) / 1e6) + 5;
    await zoo.unload(name);
    measured.push({ ...spec, resource_requirements: { ...resource_requirements, ram_mb } });
  }
  return measured;
}

/** A zoo of these models. @param budget bytes; undefined for the machine's own share */
export async function zooOf(
  folder: string,
  specs: readonly ModelSpec[],
  budget: number | undefined,
  warnings: string[] = [],
): Promise<LocalZoo> {
  const zoo = await createZoo({
    appDir: folder,
    cacheDir: join(folder, "cache"),
    log: logTo((level, message, fields) => {
      if (level === "warn" || level === "error") warnings.push(`${message} ${JSON.stringify(fields)}`);
    }),
    spec: { ...(budget === undefined ? {} : { memory_mb: { cpu: budget / 1e6 } }) },
  });
  for (const spec of specs) zoo.add(spec, join(here, "proof.yaml"));
  return zoo;
}

export function declaredSum(specs: readonly ModelSpec[]): number {
  return specs.reduce((sum, { resource_requirements: { ram_mb } }) => sum + ram_mb * 1e6, 0);
}
