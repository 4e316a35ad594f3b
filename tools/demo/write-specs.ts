/**
 * Writes packages/demo/models/*.yaml from packages/demo/artifacts: what `zoo adopt` finds in each folder, and what only
 * this project knows of its own models (labels, golden answer, licence). Run it after the artifacts were made anew:
 *
 *     npm run demo:specs
 */
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ModelSpec } from "@menagerie/core";
import { adoptedSpec } from "@menagerie/core/adopt";
import { createZoo } from "@menagerie/core/host";
import { stringify } from "yaml";

const root = fileURLToPath(new URL("../..", import.meta.url));
const demo = join(root, "packages/demo");
const licence = { id: "Apache-2.0" };

const names = JSON.parse(await readFile(join(demo, "artifacts/emoji-clip/names.json"), "utf8")) as { name: string }[];

await writeGolden();

await using zoo = await createZoo({ appDir: root });
await write("emoji-clip", "clip-vit-b32", "emoji-clip", {
  description: `A small CLIP that knows ${names.length} emoji by name, trained on their pictures by tools/demo`,
  labels: names.map((entry) => entry.name),
  golden: [
    { task: "embed-image", input: { image: "golden/pizza.png" }, output: "golden/pizza.output.json", tolerance: 1e-3 },
  ],
});
await write("brisque", "brisque-quality", "demo-brisque", {
  description: "BRISQUE trained by tools/demo on distorted pictures of its own",
  golden: [
    { task: "score-image", input: { image: "golden/clean.png" }, output: "golden/clean.output.json", tolerance: 0.01 },
  ],
});

/** The golden answers, from what the references in Python gave. */
async function writeGolden(): Promise<void> {
  const clip = join(demo, "artifacts/emoji-clip/golden");
  const embedding = JSON.parse(await readFile(join(clip, "pizza.embedding.json"), "utf8")) as number[];
  const length = Math.hypot(...embedding);
  // The reference's embedding is the graph's own; the task answers with its unit vector.
  const unit = embedding.map((value) => value / length);
  await writeFile(join(clip, "pizza.output.json"), `${JSON.stringify({ embedding: unit })}\n`);

  const brisque = join(demo, "artifacts/brisque/golden");
  const fixtures = join(demo, "fixtures/brisque");
  const reference = JSON.parse(await readFile(join(fixtures, "reference.json"), "utf8")) as {
    pictures: { file: string; score: number }[];
  };
  const score = reference.pictures.find(({ file }) => file === "clean.png")?.score;
  await mkdir(brisque, { recursive: true });
  await copyFile(join(fixtures, "clean.png"), join(brisque, "clean.png"));
  await writeFile(join(brisque, "clean.output.json"), `${JSON.stringify({ score })}\n`);
}

async function write(folder: string, like: string, name: string, own: Partial<ModelSpec>): Promise<void> {
  const artifacts = join(demo, "artifacts", folder);
  const adopted = await zoo.adopt(artifacts, like);
  const spec = {
    ...adoptedSpec(adopted, zoo.find(like), name),
    artifacts_root: `../artifacts/${folder}`,
    licence,
    ...own,
  };
  const text = stringify(spec, { lineWidth: 120, flowCollectionPadding: true });
  await writeFile(
    join(demo, "models", `${name}.yaml`),
    `# yaml-language-server: $schema=../../../specs/model-spec.schema.json\n${text}`,
  );
  process.stdout.write(`${name}: ${adopted.findings.join("; ")}\n`);
}
