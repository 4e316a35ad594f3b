/**
 * Resizes with live references and compares: seeded cases that no fixture holds, and pictures of your own.
 *
 *     npm run compare:resample -- --python /path/to/pillow12/python --python /path/to/pillow13/python photo.jpg …
 *
 * Each interpreter has a Pillow, whose version picks the arithmetic; one that has torchvision too is asked for both.
 * `--first N --count N` choose the cases. Exits with 1 on the first reference that differs.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { ResampleArithmetic, ResampleFilter } from "@menagerie/vision";
import { decodeImage, type RgbImage, resample } from "@menagerie/vision";
import { resampleCase } from "../../packages/vision/fixtures/resample-cases.ts";

interface Answer {
  readonly name: ResampleArithmetic;
  readonly cases: readonly string[];
  readonly pictures: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    python: { type: "string", multiple: true },
    first: { type: "string", default: "2000" },
    count: { type: "string", default: "2000" },
  },
});
if (values.python === undefined) {
  process.stderr.write("Name at least one interpreter that has Pillow: --python /path/to/python\n");
  process.exit(2);
}
for (const python of values.python) {
  for (const reference of ["pillow", "torchvision"] as const) {
    const answer = ask(python, reference);
    if (answer === undefined) continue;
    const different = [...differentCases(answer, reference), ...(await differentPictures(answer))];
    const pictures = Object.values(answer.pictures).reduce((sum, sizes) => sum + Object.keys(sizes).length, 0);
    process.stdout.write(
      `${answer.name}: ${answer.cases.length} cases from ${values.first}, ${pictures} resizings of ${positionals.length} pictures: ${different.length} different\n`,
    );
    if (different.length === 0) continue;
    process.stdout.write(`${different.slice(0, 20).join("\n")}\n`);
    process.exitCode = 1;
  }
}

function ask(python: string, reference: "pillow" | "torchvision"): Answer | undefined {
  const script = fileURLToPath(new URL("../export/vision/resample.py", import.meta.url));
  const { stdout, stderr, status } = spawnSync(
    python,
    [script, reference, values.first, values.count, ...positionals],
    { encoding: "utf8", maxBuffer: 2 ** 28 },
  );
  if (status === 0) return JSON.parse(stdout) as Answer;
  if (reference === "torchvision" && /No module named 'torch/.test(stderr)) return undefined;
  throw new Error(`${python} could not run the reference:\n${stderr}`);
}

function differentCases({ name, cases }: Answer, reference: "pillow" | "torchvision"): string[] {
  const filters: readonly ResampleFilter[] =
    reference === "pillow"
      ? ["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"]
      : ["nearest", "bilinear", "bicubic", "lanczos"];
  return cases.flatMap((hash, i) => {
    const number = Number(values.first) + i;
    const { image, width, height, filter } = resampleCase(number, filters);
    const isSame = hashOf(resample(image, { width, height, filter, arithmetic: name })) === hash;
    return isSame ? [] : [`case ${number}: ${filter} ${image.width}x${image.height} to ${width}x${height}`];
  });
}

async function differentPictures({ name, pictures }: Answer): Promise<string[]> {
  const different: string[] = [];
  for (const [file, sizes] of Object.entries(pictures)) {
    const image = await decodeImage(await readFile(file));
    for (const [title, hash] of Object.entries(sizes)) {
      const [, width, height, filter] = /^(\d+)x(\d+) (\w+)$/.exec(title) ?? [];
      const options = {
        width: Number(width),
        height: Number(height),
        filter: filter as ResampleFilter,
        arithmetic: name,
      };
      if (hashOf(resample(image, options)) !== hash) different.push(`${file}: ${title}`);
    }
  }
  return different;
}

function hashOf({ data }: RgbImage): string {
  return createHash("sha256").update(data).digest("hex").slice(0, 12);
}
