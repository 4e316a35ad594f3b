import type { MatchVideoInput, MatchVideoOutput, ModelSpec } from "@menagerie/core";
import { type LoadCheckpointOptions, loadCheckpoint } from "@menagerie/onnx";
import { adoptXclip } from "./adopt-xclip.ts";
import { XclipLoader } from "./xclip-loader.ts";

/** An X-CLIP that a function gave, for code that has no zoo. It runs in the calling process, and blocks it while it works. */
export interface XclipModel extends AsyncDisposable {
  readonly spec: ModelSpec;
  matchVideo(input: MatchVideoInput): Promise<MatchVideoOutput>;
}

/** Loads the X-CLIP in a folder that `tools/export/xclip` wrote: the functional form of XclipLoader. */
export async function loadXclipModel(path: string, options: LoadCheckpointOptions = {}): Promise<XclipModel> {
  const declared = {
    model_name: "xclip",
    role: "action_recognition",
    tasks: ["match-video" as const],
    loader: "xclip",
  };
  const { spec, loader } = await loadCheckpoint(path, { adopt: adoptXclip, loader: XclipLoader, declared }, options);
  return {
    spec,
    matchVideo: (input) => loader.run("match-video", input),
    [Symbol.asyncDispose]: () => loader.unload(),
  };
}
