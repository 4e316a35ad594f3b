import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { type LoadContext, ModelLoaderBase, type TaskMethods } from "@menagerie/core";
import { decodeImage } from "@menagerie/vision";
import { type BrisqueRegression, brisqueScore, readBrisqueRegression } from "./brisque-score.ts";
import { OpencvYml } from "./opencv-yml.ts";

/** BRISQUE with a regression in OpenCV's format: two artifacts, `model` and `range`, and no graph. */
export class BrisqueLoader extends ModelLoaderBase<BrisqueRegression> {
  protected override readonly tasks: TaskMethods<BrisqueRegression> = {
    "score-image": async (model, { image }, { signal }) => {
      const picture = await decodeImage(image);
      signal.throwIfAborted();
      return { score: brisqueScore(model, picture), best: 0, worst: 100 };
    },
  };

  protected override async open(context: LoadContext): Promise<BrisqueRegression> {
    const read = async (artifact: string): Promise<OpencvYml> => {
      const path = await context.artifact(artifact);
      return new OpencvYml(await readFile(path, "utf8"), basename(path), "model_load_failed");
    };
    return readBrisqueRegression(await read("model"), await read("range"));
  }
}
