import type { ModelSpec, SegmentObjectsInput, SegmentObjectsOutput } from "@menagerie/core";
import { type LoadCheckpointOptions, loadCheckpoint } from "@menagerie/onnx";
import { adoptVehicleDamage } from "./adopt-vehicle-damage.ts";
import { VehicleDamageLoader } from "./vehicle-damage-loader.ts";

/** A damage model that a function gave, for code that has no zoo. It runs in the calling process, and blocks it while it works. */
export interface VehicleDamageModel extends AsyncDisposable {
  readonly spec: ModelSpec;
  segmentObjects(input: SegmentObjectsInput): Promise<SegmentObjectsOutput>;
}

/** Loads the segmenting YOLO in a folder with ultralytics' export: the functional form of VehicleDamageLoader. */
export async function loadVehicleDamageModel(
  path: string,
  options: LoadCheckpointOptions = {},
): Promise<VehicleDamageModel> {
  const { spec, loader } = await loadCheckpoint(
    path,
    {
      adopt: adoptVehicleDamage,
      loader: VehicleDamageLoader,
      declared: {
        model_name: "vehicle-damage-detection",
        role: "vehicle_damage",
        tasks: ["segment-objects"],
        loader: "vehicle-damage",
        parameters: { threshold: 0.25, iou: 0.45 },
      },
    },
    options,
  );
  return {
    spec,
    segmentObjects: (input) => loader.run("segment-objects", input),
    [Symbol.asyncDispose]: () => loader.unload(),
  };
}
