import type { ScoreImageOutput } from "@menagerie/core";
import { type FunctionalForm, type FunctionalModel, functionalForm } from "@menagerie/core/loader";
import { adoptBrisque } from "./adopt-brisque.ts";
import { BrisqueLoader } from "./brisque-loader.ts";

/** A BRISQUE that a function gave, for code that has no zoo. It runs in the calling process. */
export interface BrisqueModel extends FunctionalModel {
  scoreImage(image: Uint8Array): Promise<ScoreImageOutput>;
}

/** Loads the BRISQUE in a folder of OpenCV's two files: the functional form of BrisqueLoader. */
export const loadBrisqueModel: FunctionalForm<BrisqueModel> = functionalForm(
  {
    adopt: adoptBrisque,
    loader: BrisqueLoader,
    declared: {
      model_name: "brisque",
      role: "image_quality",
      tasks: ["score-image"],
      loader: "brisque",
      engine: "js",
      resource_requirements: { vram_mb: 0, ram_mb: 200, max_batch: 1 },
    },
  },
  ({ loader }) => ({ scoreImage: (image: Uint8Array) => loader.run("score-image", { image }) }),
);
