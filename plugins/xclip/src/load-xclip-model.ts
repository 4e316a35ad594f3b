import type { MatchVideoInput, MatchVideoOutput } from "@menagerie/core";
import { type FunctionalForm, type FunctionalModel, functionalForm } from "@menagerie/core/loader";
import { onnxProvider } from "@menagerie/onnx";
import { adoptXclip } from "./adopt-xclip.ts";
import { XclipLoader } from "./xclip-loader.ts";

/** An X-CLIP that a function gave, for code that has no zoo. It runs in the calling process, and blocks it while it works. */
export interface XclipModel extends FunctionalModel {
  matchVideo(input: MatchVideoInput): Promise<MatchVideoOutput>;
}

/** Loads the X-CLIP in a folder that `tools/export/xclip` wrote: the functional form of XclipLoader. */
export const loadXclipModel: FunctionalForm<XclipModel> = functionalForm(
  {
    adopt: adoptXclip,
    loader: XclipLoader,
    engines: [onnxProvider],
    declared: { model_name: "xclip", role: "action_recognition", tasks: ["match-video"], loader: "xclip" },
  },
  ({ loader }) => ({ matchVideo: (input: MatchVideoInput) => loader.run("match-video", input) }),
);
