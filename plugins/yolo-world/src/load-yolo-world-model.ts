import type { DetectObjectsInput, DetectObjectsOutput } from "@menagerie/core";
import { type FunctionalForm, type FunctionalModel, functionalForm } from "@menagerie/core/loader";
import { onnxProvider } from "@menagerie/onnx";
import { adoptYoloWorld } from "./adopt-yolo-world.ts";
import { YoloWorldLoader } from "./yolo-world-loader.ts";

/** A YOLO-World that a function gave, for code that has no zoo. It runs in the calling process, and blocks it while it works. */
export interface YoloWorldModel extends FunctionalModel {
  /** Labels are part of the question: callers with different vocabularies do not disturb each other. */
  detectObjects(input: DetectObjectsInput): Promise<DetectObjectsOutput>;
}

/** Loads the YOLO-World in a folder: the functional form of YoloWorldLoader. */
export const loadYoloWorldModel: FunctionalForm<YoloWorldModel> = functionalForm(
  {
    adopt: adoptYoloWorld,
    loader: YoloWorldLoader,
    engines: [onnxProvider],
    declared: { model_name: "yolo-world", role: "open_detection", tasks: ["detect-objects"], loader: "yolo-world" },
  },
  ({ loader }) => ({ detectObjects: (input: DetectObjectsInput) => loader.run("detect-objects", input) }),
);
