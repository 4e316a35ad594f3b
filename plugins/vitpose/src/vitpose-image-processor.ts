import type { CheckpointFolder } from "@menagerie/core/adopt";
import type { ImagePreprocessing } from "@menagerie/vision";
import { processorFile, readImageProcessor, type Size } from "@menagerie/vision";

/** How a folder's processor prepares people. */
export interface PosePreprocessing {
  readonly image: ImagePreprocessing;
  /** Of a person's crop. */
  readonly size: Size;
  /** What a box's sides are divided by, and multiplied with 200 afterwards. */
  readonly normalizeFactor: number;
  readonly finding: string;
  /** The file that says so. */
  readonly file: string;
}

/** How the folder's processor prepares a person's crop: cut out at the size given, so nothing is resized. */
export async function vitPosePreprocessing(folder: CheckpointFolder): Promise<PosePreprocessing> {
  const { found, refuse, name: file } = await processorFile(folder);
  const expected = { type: /^VitPose/, unnamed: "VitPoseImageProcessor" };
  const { preprocessing: image, finding } = await readImageProcessor(folder, expected);
  if (found.do_affine_transform === false || found.do_affine_transform === null)
    throw refuse("do_affine_transform", "must be true: people are cut out of the picture");
  if (found.normalize_factor === null) throw refuse("normalize_factor", "is null, and sides are divided by it");
  const { resize } = image;
  if (resize === undefined || !("width" in resize)) throw refuse("size", "must have the height and width of a crop");
  const size = { width: resize.width, height: resize.height };
  return { image, size, normalizeFactor: found.normalize_factor ?? usualFactor, finding, file };
}

/** By which transformers multiplies, whatever it has divided by. */
export const usualFactor = 200;
