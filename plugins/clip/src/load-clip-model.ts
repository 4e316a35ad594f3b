import type { Embedding, EmbedImageInput, EmbedTextInput, MatchImageInput, MatchImageOutput } from "@menagerie/core";
import { type FunctionalForm, type FunctionalModel, functionalForm } from "@menagerie/core/loader";
import { onnxProvider } from "@menagerie/onnx";
import { adoptClip } from "./adopt-clip.ts";
import { ClipLoader } from "./clip-loader.ts";

/** A CLIP that a function gave, for code that has no zoo. It runs in the calling process, and blocks it while it works. */
export interface ClipModel extends FunctionalModel {
  embedImage(image: EmbedImageInput["image"]): Promise<Embedding>;
  embedText(text: EmbedTextInput["text"]): Promise<Embedding>;
  matchImage(input: MatchImageInput): Promise<MatchImageOutput>;
}

/** Loads the CLIP in a folder of the public layout: the functional form of ClipLoader. */
export const loadClipModel: FunctionalForm<ClipModel> = functionalForm(
  {
    adopt: adoptClip,
    loader: ClipLoader,
    engines: [onnxProvider],
    declared: {
      model_name: "clip",
      role: "image_embedding",
      tasks: ["embed-image", "embed-text", "match-image"],
      loader: "clip",
    },
  },
  ({ loader }) => ({
    embedImage: (image: Uint8Array) => loader.run("embed-image", { image }),
    embedText: (text: string) => loader.run("embed-text", { text }),
    matchImage: (input: MatchImageInput) => loader.run("match-image", input),
  }),
);
