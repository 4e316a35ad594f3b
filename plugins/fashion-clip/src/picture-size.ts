import type { CheckpointFolder } from "@menagerie/core/adopt";
import type { ImageProcessor } from "@menagerie/vision";

/**
 * The side in pixels that pictures come out with.
 * @param expected what the model takes; the processor's own where nothing says it
 * @throws ModelError `checkpoint_invalid` where pictures come out otherwise, or in many sizes
 */
export function pictureSize(
  folder: CheckpointFolder,
  { result }: ImageProcessor,
  expected: number | undefined = result?.width,
): number {
  if (expected !== undefined && result?.width === expected && result.height === expected) return expected;
  const found = result === undefined ? "in many sizes" : `as ${result.width} x ${result.height}`;
  throw folder.refusal(
    "preprocessor_config.json",
    "size",
    expected === undefined
      ? `pictures come out ${found}, but the model takes one`
      : `pictures come out ${found}, but the model takes ${expected} x ${expected} (config.json, vision_config.image_size)`,
  );
}
