import type { EstimatePoseInput, EstimatePoseOutput } from "@menagerie/core";
import {
  type FunctionalForm,
  type FunctionalModel,
  functionalForm,
  type LoadCheckpointOptions,
} from "@menagerie/core/loader";
import { onnxProvider } from "@menagerie/onnx";
import { adoptVitPose } from "./adopt-vitpose.ts";
import { VitPoseLoader } from "./vitpose-loader.ts";

/** A ViTPose that a function gave, for code that has no zoo. It runs in the calling process, and blocks it while it works. */
export interface VitPoseModel extends FunctionalModel {
  estimatePose(input: EstimatePoseInput): Promise<EstimatePoseOutput>;
}

export interface LoadVitPoseOptions extends LoadCheckpointOptions {
  /** Which data set a model with experts is asked for. Default: 0. */
  readonly datasetIndex?: number | undefined;
}

/** Loads the ViTPose in a folder of the public layout: the functional form of VitPoseLoader. */
export const loadVitPoseModel: FunctionalForm<VitPoseModel, LoadVitPoseOptions> = functionalForm(
  ({ datasetIndex = 0 }: LoadVitPoseOptions) => ({
    adopt: adoptVitPose,
    loader: VitPoseLoader,
    engines: [onnxProvider],
    declared: {
      model_name: "vitpose",
      role: "pose",
      tasks: ["estimate-pose"],
      loader: "vitpose",
      parameters: { dataset_index: datasetIndex },
    },
  }),
  ({ loader }) => ({ estimatePose: (input: EstimatePoseInput) => loader.run("estimate-pose", input) }),
);
