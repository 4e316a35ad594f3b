import type { DescribeImageInput, DescribeImageOutput, ModelSpec } from "@menagerie/core";
import { type LoadCheckpointOptions, loadCheckpoint } from "@menagerie/onnx";
import { adoptFlorence } from "./adopt-florence.ts";
import { FlorenceLoader } from "./florence-loader.ts";

/** A Florence-2 that a function gave, for code that has no zoo. It runs in the calling process, and blocks it while it works. */
export interface FlorenceModel extends AsyncDisposable {
  readonly spec: ModelSpec;
  describeImage(input: DescribeImageInput): Promise<DescribeImageOutput>;
}

/** Loads the Florence-2 in a folder of the public layout: the functional form of FlorenceLoader. */
export async function loadFlorenceModel(path: string, options: LoadCheckpointOptions = {}): Promise<FlorenceModel> {
  const { spec, loader } = await loadCheckpoint(
    path,
    {
      adopt: adoptFlorence,
      loader: FlorenceLoader,
      declared: {
        model_name: "florence",
        role: "image_description",
        tasks: ["describe-image"],
        loader: "florence",
      },
    },
    options,
  );
  return {
    spec,
    describeImage: (input) => loader.run("describe-image", input),
    [Symbol.asyncDispose]: () => loader.unload(),
  };
}
