import type { SegmentImageOutput } from "@menagerie/core";
import { type FunctionalForm, type FunctionalModel, functionalForm } from "@menagerie/core/loader";
import { onnxProvider } from "@menagerie/onnx";
import { adoptSegformer } from "./adopt-segformer.ts";
import type { Segformer } from "./segformer.ts";
import { SegformerLoader } from "./segformer-loader.ts";

/** A SegFormer that a function gave, for code that has no zoo. It runs in the calling process, and blocks it while it works. */
export interface SegformerModel extends FunctionalModel {
  segmentImage(image: Uint8Array): Promise<SegmentImageOutput>;
  /** The same for many pictures, in batches. */
  segmentImages(images: readonly Uint8Array[]): Promise<SegmentImageOutput[]>;
}

/**
 * Loads the SegFormer in a folder with config.json, preprocessor_config.json and onnx/model.onnx: the functional form of
 * SegformerLoader.
 * @throws ModelError `checkpoint_invalid` with the file and the key that do not fit
 */
export const loadSegformerModel: FunctionalForm<SegformerModel> = functionalForm(
  {
    adopt: adoptSegformer,
    loader: SegformerLoader,
    engines: [onnxProvider],
    declared: {
      model_name: "segformer",
      role: "image_segmentation",
      tasks: ["segment-image"],
      loader: "segformer",
      resource_requirements: { vram_mb: 0, ram_mb: 1, max_batch: 4 },
    },
  },
  ({ loader, opened, together }) => ({
    segmentImage: (image: Uint8Array) => loader.run("segment-image", { image }),
    async segmentImages(images: readonly Uint8Array[]) {
      const segformer = opened as Segformer;
      const inputOf = (image: Uint8Array): unknown => ({ image });
      const maps = await together("segment-image", images, inputOf, () =>
        segformer.classMaps(images, new AbortController().signal),
      );
      return maps.map((map) => segformer.described(map));
    },
  }),
);
