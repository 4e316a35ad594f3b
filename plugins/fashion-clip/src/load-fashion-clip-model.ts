import type { Embedding, EmbedImageInput, EmbedTextInput, MatchImageInput, MatchImageOutput } from "@menagerie/core";
import { type FunctionalForm, type FunctionalModel, functionalForm } from "@menagerie/core/loader";
import { onnxProvider } from "@menagerie/onnx";
import { adoptFashionClip } from "./adopt-fashion-clip.ts";
import { FashionClipLoader } from "./fashion-clip-loader.ts";

/** A FashionCLIP or FashionSigLIP that a function gave, for code that has no zoo. It runs in the calling process. */
export interface FashionClipModel extends FunctionalModel {
  embedImage(image: EmbedImageInput["image"]): Promise<Embedding>;
  embedText(text: EmbedTextInput["text"]): Promise<Embedding>;
  matchImage(input: MatchImageInput): Promise<MatchImageOutput>;
}

/** Loads the checkpoint in a folder of either public layout: the functional form of FashionClipLoader. */
export const loadFashionClipModel: FunctionalForm<FashionClipModel> = functionalForm(
  {
    adopt: adoptFashionClip,
    loader: FashionClipLoader,
    engines: [onnxProvider],
    declared: {
      model_name: "fashion-clip",
      role: "clothing_matching",
      tasks: ["embed-image", "embed-text", "match-image"],
      loader: "fashion-clip",
    },
  },
  ({ loader }) => ({
    embedImage: (image: Uint8Array) => loader.run("embed-image", { image }),
    embedText: (text: string) => loader.run("embed-text", { text }),
    matchImage: (input: MatchImageInput) => loader.run("match-image", input),
  }),
);
