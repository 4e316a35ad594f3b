import type {
  Embedding,
  EmbedImageInput,
  EmbedTextInput,
  MatchImageInput,
  MatchImageOutput,
  ModelSpec,
  TaskName,
} from "@menagerie/core";
import { type LoadCheckpointOptions, loadCheckpoint } from "@menagerie/onnx";
import { adoptFashionClip } from "./adopt-fashion-clip.ts";
import { FashionClipLoader } from "./fashion-clip-loader.ts";

/** A FashionCLIP or FashionSigLIP that a function gave, for code that has no zoo. It runs in the calling process. */
export interface FashionClipModel extends AsyncDisposable {
  readonly spec: ModelSpec;
  embedImage(image: EmbedImageInput["image"]): Promise<Embedding>;
  embedText(text: EmbedTextInput["text"]): Promise<Embedding>;
  matchImage(input: MatchImageInput): Promise<MatchImageOutput>;
}

/** Loads the checkpoint in a folder of either public layout: the functional form of FashionClipLoader. */
export async function loadFashionClipModel(
  path: string,
  options: LoadCheckpointOptions = {},
): Promise<FashionClipModel> {
  const tasks: TaskName[] = ["embed-image", "embed-text", "match-image"];
  const declared = { model_name: "fashion-clip", role: "clothing_matching", tasks, loader: "fashion-clip" };
  const { spec, loader } = await loadCheckpoint(
    path,
    { adopt: adoptFashionClip, loader: FashionClipLoader, declared },
    options,
  );
  return {
    spec,
    embedImage: (image) => loader.run("embed-image", { image }),
    embedText: (text) => loader.run("embed-text", { text }),
    matchImage: (input) => loader.run("match-image", input),
    [Symbol.asyncDispose]: () => loader.unload(),
  };
}
