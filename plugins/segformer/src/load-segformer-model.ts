import type { ModelSpec, SegmentImageOutput } from "@menagerie/core";
import { type LoadCheckpointOptions, loadCheckpoint } from "@menagerie/onnx";
import { adoptSegformer } from "./adopt-segformer.ts";
import type { Segformer } from "./segformer.ts";
import { SegformerLoader } from "./segformer-loader.ts";

/** A SegFormer that a function gave, for code that has no zoo. It runs in the calling process, and blocks it while it works. */
export interface SegformerModel extends AsyncDisposable {
  readonly spec: ModelSpec;
  segmentImage(image: Uint8Array): Promise<SegmentImageOutput>;
  /** The same for many pictures, in batches. */
  segmentImages(images: readonly Uint8Array[]): Promise<SegmentImageOutput[]>;
}

/**
 * Loads the SegFormer in a folder with config.json, preprocessor_config.json and onnx/model.onnx: the functional form of
 * SegformerLoader.
 * @throws ModelError `checkpoint_invalid` with the file and the key that do not fit
 */
export async function loadSegformerModel(path: string, options: LoadCheckpointOptions = {}): Promise<SegformerModel> {
  const family = {
    adopt: adoptSegformer,
    loader: SegformerLoader,
    declared: {
      model_name: "segformer",
      role: "image_segmentation",
      tasks: ["segment-image"] as ["segment-image"],
      loader: "segformer",
      resource_requirements: { vram_mb: 0, ram_mb: 1, max_batch: 4 },
    },
  };
  const { spec, loader } = await loadCheckpoint(path, family, options);
  const never = new AbortController().signal;
  return {
    spec,
    segmentImage: (image) => loader.run("segment-image", { image }),
    async segmentImages(images) {
      const segformer = (await loader.load(options.device ?? "cpu")) as Segformer;
      return (await segformer.classMaps(images, never)).map((map) => segformer.described(map));
    },
    [Symbol.asyncDispose]: () => loader.unload(),
  };
}
