import type {
  Embedding,
  EmbedImageInput,
  EmbedTextInput,
  MatchImageInput,
  MatchImageOutput,
  ModelSpec,
} from "@menagerie/core";
import { type CheckpointFamily, type LoadCheckpointOptions, loadCheckpoint } from "@menagerie/onnx";
import { adoptClip } from "./adopt-clip.ts";
import { ClipLoader } from "./clip-loader.ts";

/** A CLIP that a function gave, for code that has no zoo. It runs in the calling process, and blocks it while it works. */
export interface ClipModel extends AsyncDisposable {
  readonly spec: ModelSpec;
  embedImage(image: EmbedImageInput["image"]): Promise<Embedding>;
  embedText(text: EmbedTextInput["text"]): Promise<Embedding>;
  matchImage(input: MatchImageInput): Promise<MatchImageOutput>;
}

/** Loads the CLIP in a folder of the public layout: the functional form of ClipLoader. */
export async function loadClipModel(path: string, options?: LoadCheckpointOptions): Promise<ClipModel> {
  const { spec, loader } = await loadCheckpoint(path, clip, options);
  return {
    spec,
    embedImage: (image) => loader.run("embed-image", { image }),
    embedText: (text) => loader.run("embed-text", { text }),
    matchImage: (input) => loader.run("match-image", input),
    [Symbol.asyncDispose]: () => loader.unload(),
  };
}

const clip: CheckpointFamily = {
  adopt: adoptClip,
  loader: ClipLoader,
  declared: {
    model_name: "clip",
    role: "image_embedding",
    tasks: ["embed-image", "embed-text", "match-image"],
    loader: "clip",
  },
};
