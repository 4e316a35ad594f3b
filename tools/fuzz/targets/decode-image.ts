import { decodeImage, type ImageLimits } from "@menagerie/vision";
import { fuzzLevels, knownPicture, readFuzzPictures } from "../bytes/fuzz-pictures.ts";
import { mutateBytes } from "../bytes/mutate-bytes.ts";
import { type FuzzTarget, must } from "../fuzz-target.ts";

/** 8 MB and 4 megapixels, so 12 MB of levels. */
export const fuzzImageLimits: ImageLimits = { maxBytes: 8 * 2 ** 20, maxPixels: 4_000_000, maxFrames: 50 };

export const decodeImageTarget: FuzzTarget = {
  name: "decode-image",
  share: 22,
  memoryMb: 256,
  refusals: ["image_undecodable", "image_too_large", "insufficient_memory"],
  async prepare(pictures) {
    const bases = await readFuzzPictures(pictures);
    const known = Buffer.from(fuzzLevels(45, 31));
    return async (draws) => {
      const [name, base] = draws.pick(bases);
      const isWhole = draws.chance(0.05);
      const reader = draws.pick(["pillow", "opencv"] as const);
      const bytes = isWhole ? base : mutateBytes(base, draws);
      const { data, width, height } = await decodeImage(bytes, fuzzImageLimits, reader);
      must(
        width > 0 && height > 0 && data.length === width * height * 3,
        `${width} x ${height} has ${data.length} levels`,
      );
      must(width * height <= fuzzImageLimits.maxPixels, `${width} x ${height} is more than the limit`);
      if (isWhole && name === knownPicture) must(known.equals(data), "the known picture has other levels");
    };
  },
};
