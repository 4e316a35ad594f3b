import type { DetectObjectsInput, DetectObjectsOutput, ModelSpec } from "@menagerie/core";
import { type LoadCheckpointOptions, loadCheckpoint } from "@menagerie/onnx";
import { adoptYoloWorld } from "./adopt-yolo-world.ts";
import { YoloWorldLoader } from "./yolo-world-loader.ts";

/** A YOLO-World that a function gave, for code that has no zoo. It runs in the calling process, and blocks it while it works. */
export interface YoloWorldModel extends AsyncDisposable {
  readonly spec: ModelSpec;
  /** Labels are part of the question: callers with different vocabularies do not disturb each other. */
  detectObjects(input: DetectObjectsInput): Promise<DetectObjectsOutput>;
}

/** Loads the YOLO-World in a folder: the functional form of YoloWorldLoader. */
export async function loadYoloWorldModel(path: string, options: LoadCheckpointOptions = {}): Promise<YoloWorldModel> {
  const { spec, loader } = await loadCheckpoint(
    path,
    {
      adopt: adoptYoloWorld,
      loader: YoloWorldLoader,
      declared: { model_name: "yolo-world", role: "open_detection", tasks: ["detect-objects"], loader: "yolo-world" },
    },
    options,
  );
  return {
    spec,
    detectObjects: (input) => loader.run("detect-objects", input),
    [Symbol.asyncDispose]: () => loader.unload(),
  };
}
