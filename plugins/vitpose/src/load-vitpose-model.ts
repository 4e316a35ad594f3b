import type { EstimatePoseInput, EstimatePoseOutput, ModelSpec } from "@menagerie/core";
import { type LoadCheckpointOptions, loadCheckpoint } from "@menagerie/onnx";
import { adoptVitPose } from "./adopt-vitpose.ts";
import { VitPoseLoader } from "./vitpose-loader.ts";

/** A ViTPose that a function gave, for code that has no zoo. It runs in the calling process, and blocks it while it works. */
export interface VitPoseModel extends AsyncDisposable {
  readonly spec: ModelSpec;
  estimatePose(input: EstimatePoseInput): Promise<EstimatePoseOutput>;
}

/**
 * Loads the ViTPose in a folder of the public layout: the functional form of VitPoseLoader.
 * @param options.datasetIndex which data set a model with experts is asked for; default: 0
 */
export async function loadVitPoseModel(
  path: string,
  options: LoadCheckpointOptions & { readonly datasetIndex?: number | undefined } = {},
): Promise<VitPoseModel> {
  const { spec, loader } = await loadCheckpoint(
    path,
    {
      adopt: adoptVitPose,
      loader: VitPoseLoader,
      declared: {
        model_name: "vitpose",
        role: "pose",
        tasks: ["estimate-pose"],
        loader: "vitpose",
        parameters: { dataset_index: options.datasetIndex ?? 0 },
      },
    },
    options,
  );
  return {
    spec,
    estimatePose: (input) => loader.run("estimate-pose", input),
    [Symbol.asyncDispose]: () => loader.unload(),
  };
}
