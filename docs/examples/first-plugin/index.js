import { readFile } from "node:fs/promises";
import { definePlugin, ModelLoaderBase } from "@menagerie/core/loader";

/** Judges a picture by its bytes: the heavier the file, the better. Not much of a model, but a whole plugin. */
class WeightLoader extends ModelLoaderBase {
  tasks = {
    "score-image": ({ heaviest }, { image }) => ({ score: Math.min(image.length / heaviest, 1), best: 1, worst: 0 }),
  };

  async open(context) {
    return JSON.parse(await readFile(await context.artifact("scale"), "utf8"));
  }
}

export default definePlugin({ name: "menagerie-plugin-weight", loaders: { weight: WeightLoader } });
