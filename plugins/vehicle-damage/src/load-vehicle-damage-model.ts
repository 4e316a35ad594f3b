import type { SegmentObjectsInput, SegmentObjectsOutput } from "@menagerie/core";
import { type FunctionalForm, type FunctionalModel, functionalForm } from "@menagerie/core/loader";
import { onnxProvider } from "@menagerie/onnx";
import { adoptVehicleDamage } from "./adopt-vehicle-damage.ts";
import { VehicleDamageLoader } from "./vehicle-damage-loader.ts";

/** A damage model that a function gave, for code that has no zoo. It runs in the calling process, and blocks it while it works. */
export interface VehicleDamageModel extends FunctionalModel {
  segmentObjects(input: SegmentObjectsInput): Promise<SegmentObjectsOutput>;
}

/** Loads the segmenting YOLO in a folder with ultralytics' export: the functional form of VehicleDamageLoader. */
export const loadVehicleDamageModel: FunctionalForm<VehicleDamageModel> = functionalForm(
  {
    adopt: adoptVehicleDamage,
    loader: VehicleDamageLoader,
    engines: [onnxProvider],
    declared: {
      model_name: "vehicle-damage-detection",
      role: "vehicle_damage",
      tasks: ["segment-objects"],
      loader: "vehicle-damage",
      parameters: { threshold: 0.25, iou: 0.45 },
    },
  },
  ({ loader }) => ({ segmentObjects: (input: SegmentObjectsInput) => loader.run("segment-objects", input) }),
);
