/**
 * Writes packages/demo/models/*.yaml from packages/demo/artifacts: what `zoo adopt` finds in each folder, and what only
 * this project knows of its own models (labels, golden answer, licence). Run it after the artifacts were made anew:
 *
 *     npm run demo:specs
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { adoptedSpec, type ModelSpec } from "@menagerie/core";
import { createZoo } from "@menagerie/core/host";
import { stringify } from "yaml";

const root = fileURLToPath(new URL("../..", import.meta.url));
const demo = join(root, "packages/demo");
const licence = { id: "Apache-2.0" };

const names = JSON.parse(await readFile(join(demo, "artifacts/emoji-clip/names.json"), "utf8")) as { name: string }[];

const embedding = JSON.parse(
  await readFile(join(demo, "artifacts/emoji-clip/golden/pizza.embedding.json"), "utf8"),
) as number[];
const length = Math.hypot(...embedding);
// The reference's embedding is the graph's own; the task answers with its unit vector.
await writeFile(
  join(demo, "artifacts/emoji-clip/golden/pizza.output.json"),
  JSON.stringify({ embedding: embedding.map((value) => value / length) }),
);

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
});

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
