import { ImagePipeline, type RgbImage } from "@menagerie/vision";
import { clipPreprocessing } from "./image-job.ts";
import { inPairs } from "./pairs.ts";
import type { Peer } from "./peer.ts";

/** Normalising and laying out pictures that have the model's size already: rescale, mean and std, channels first, one batch. */
export async function benchNormalise(peer: Peer): Promise<string> {
  const lines: string[] = [];
  for (const [count, side, rounds] of [
    [1, 224, 61],
    [16, 336, 15],
    [1, 518, 41],
  ] as const) {
    const pixels = Uint8Array.from({ length: side * side * 3 }, (_, i) => (i * 31) % 251);
    const { resize: _, crop: __, ...rest } = clipPreprocessing;
    // The arithmetic of the reference's default processor; Pillow's, which scales in float64, takes a third longer.
    const pipeline = new ImagePipeline({ ...rest, arithmetic: "torchvision" });
    const image: RgbImage = { data: pixels, width: side, height: side };
    const processor = new peer.CLIPImageProcessor({
      do_resize: false,
      do_center_crop: false,
      do_rescale: true,
      rescale_factor: 1 / 255,
      do_normalize: true,
      image_mean: clipPreprocessing.mean,
      image_std: clipPreprocessing.std,
    });
    const peerImages = Array.from({ length: count }, () => new peer.RawImage(pixels, side, side, 3));
    const theirs = () => (processor as (images: unknown) => Promise<unknown>)(peerImages);
    const images = Array.from({ length: count }, () => image);
    // As a loader does: the memory goes back when the model has run.
    const ours = async () => {
      using _tensor = await pipeline.toTensor(images);
    };
    const pairs = await inPairs({ name: "transformers.js", run: theirs }, { name: "Menagerie", run: ours }, rounds);
    lines.push(`Normalise and lay out ${count} x ${side} x ${side}, ${rounds} pairs, goal 20x:`, ...pairs);
  }
  return lines.join("\n");
}
