import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import type { ImagePreprocessing } from "@menagerie/vision";
import { ImagePipeline } from "@menagerie/vision";
import { inPairs } from "./pairs.ts";
import type { Peer } from "./peer.ts";
import type { BenchPicture } from "./pictures.ts";

const mean = [0.48145466, 0.4578275, 0.40821073] as const;
const std = [0.26862954, 0.26130258, 0.27577711] as const;
const rounds = { VGA: 41, "1080p": 31, "12 MP": 15 } as const;
const goals = { VGA: 4, "1080p": 2.5, "12 MP": 1.5 } as const;

/** CLIP's preprocessing from a file: short edge 224 by bicubic, centre crop 224, normalise, `[1, 3, 224, 224]` float32. */
export const clipPreprocessing: ImagePreprocessing = {
  arithmetic: "pillow-13",
  convert_rgb: true,
  resize: { shortest_edge: 224 },
  filter: "bicubic",
  crop: { width: 224, height: 224 },
  crop_rounding: "floor",
  rescale_factor: 1 / 255,
  mean: [...mean],
  std: [...std],
};

/** @param python an interpreter with Pillow; without one, ours stands for Pillow, to which its tests hold it equal */
export async function benchImageJob(
  peer: Peer,
  pictures: readonly BenchPicture[],
  python: string | undefined,
): Promise<string> {
  const pipeline = new ImagePipeline(clipPreprocessing);
  const processor = new peer.CLIPImageProcessor({
    do_resize: true,
    size: { shortest_edge: 224 },
    resample: 3,
    do_center_crop: true,
    crop_size: { height: 224, width: 224 },
    do_rescale: true,
    rescale_factor: 1 / 255,
    do_normalize: true,
    image_mean: mean,
    image_std: std,
    do_convert_rgb: true,
  });
  const lines: string[] = [];
  for (const { name, file, width, height } of pictures) {
    const theirs = async () => (await processor(await peer.RawImage.read(file))).pixel_values.data;
    // As a loader does: the memory goes back when the model has run.
    const ours = async () => {
      using tensor = await pipeline.toTensor([await readFile(file)]);
      return tensor.data;
    };
    const size = name as keyof typeof rounds;
    const pairs = await inPairs(
      { name: "transformers.js", run: theirs },
      { name: "Menagerie", run: ours },
      rounds[size],
    );
    const reference = python === undefined ? undefined : pillowLevels(python, file);
    const kilobytes = Math.round((await readFile(file)).length / 1000);
    const mine = levels((await ours()) as Float32Array);
    lines.push(
      `Image job at ${name} (${width} x ${height}, ${kilobytes} kB), from the file to the tensor, ${rounds[size]} pairs, goal ${goals[size]}x:`,
      ...pairs,
      `  levels off Pillow    transformers.js ${difference(levels(await theirs()), reference ?? mine)}`,
      reference === undefined
        ? "                       Menagerie: taken as Pillow's here (give --python to compare live)"
        : `                       Menagerie ${difference(mine, reference)}`,
    );
  }
  return lines.join("\n");
}

/** Back to uint8 levels, channels first. */
function levels(values: Float32Array): Uint8Array {
  const plane = values.length / 3;
  return Uint8Array.from(values, (value, i) => {
    const channel = Math.floor(i / plane);
    return Math.round((value * (std[channel] as number) + (mean[channel] as number)) * 255);
  });
}

function difference(a: Uint8Array, b: Uint8Array): string {
  let [sum, largest] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    const off = Math.abs((a[i] as number) - (b[i] as number));
    sum += off;
    largest = Math.max(largest, off);
  }
  return `mean ${(sum / a.length).toFixed(2)}, at most ${largest}`;
}

function pillowLevels(python: string, file: string): Uint8Array {
  const script = `
import sys
from PIL import Image
image = Image.open(sys.argv[1]).convert("RGB")
short = min(image.size)
size = tuple(int(224 * side / short) for side in image.size)
image = image.resize(size, Image.BICUBIC)
left, top = (size[0] - 224) // 2, (size[1] - 224) // 2
for channel in image.crop((left, top, left + 224, top + 224)).split():
    sys.stdout.buffer.write(channel.tobytes())
`;
  const { stdout, stderr, status } = spawnSync(python, ["-c", script, file], { maxBuffer: 2 ** 24 });
  if (status !== 0) throw new Error(`${python} could not resize ${file}: ${stderr}`);
  return new Uint8Array(stdout);
}
