import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { type LoadContext, ModelLoaderBase, type TaskMethods } from "@menagerie/core/loader";
import { decodeImage, defaultImageLimits, type ImageReader, type RgbImage } from "@menagerie/vision";
import { brisqueScore, readBrisqueRegression } from "./brisque-score.ts";
import { liveScore, readLiveRegression } from "./live-score.ts";
import { OpencvYml } from "./opencv-yml.ts";

/** A picture's score by one of the two families. */
export interface BrisqueScorer {
  /** The family's own way to read a picture: libraries differ over 16-bit grey. */
  readonly reader: ImageReader;
  score(picture: RgbImage): number;
}

/**
 * BRISQUE without a graph. The format of the artifact `model` says which of the two families of statistics belongs to it,
 * for they do not go together: OpenCV's YAML, or the libsvm text of the authors' own release.
 */
export class BrisqueLoader extends ModelLoaderBase<BrisqueScorer> {
  protected override readonly tasks: TaskMethods<BrisqueScorer> = {
    "score-image": async (scorer, { image }, { signal }) => {
      const picture = await decodeImage(image, defaultImageLimits, scorer.reader);
      signal.throwIfAborted();
      return { score: scorer.score(picture), best: 0, worst: 100 };
    },
  };

  protected override async open(context: LoadContext): Promise<BrisqueScorer> {
    const read = async (artifact: string): Promise<{ text: string; file: string }> => {
      const declared = context.spec.local_artifacts.find(({ name }) => name === artifact);
      return {
        text: await readFile(await context.artifact(artifact), "utf8"),
        file: basename(declared?.path ?? artifact),
      };
    };
    const model = await read("model");
    const hasRange = context.spec.local_artifacts.some(({ name }) => name === "range");
    if (isLibsvm(model.text)) {
      const regression = readLiveRegression(model, hasRange ? await read("range") : undefined, "model_load_failed");
      return { reader: "pillow", score: (picture) => liveScore(regression, picture) };
    }
    const range = await read("range");
    const regression = readBrisqueRegression(
      new OpencvYml(model.text, model.file, "model_load_failed"),
      new OpencvYml(range.text, range.file, "model_load_failed"),
    );
    return { reader: "opencv", score: (picture) => brisqueScore(regression, picture) };
  }
}

export function isLibsvm(text: string): boolean {
  return text.startsWith("svm_type");
}
