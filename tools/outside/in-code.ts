import { definePlugin, ModelLoaderBase, type Plugin, type TaskMethods } from "@menagerie/core/loader";

class LengthLoader extends ModelLoaderBase<number> {
  protected override readonly tasks: TaskMethods<number> = {
    "score-image": (heaviest, { image }) => ({ score: Math.min(image.length / heaviest, 1), best: 1, worst: 0 }),
  };

  protected override open(): Promise<number> {
    return Promise.resolve(1000);
  }
}

/** A plugin as a team has it in its own code, without a package. */
export const lengths: Plugin = definePlugin({
  name: "lengths",
  version: "1.0.0",
  loaders: { length: LengthLoader },
  models: [
    {
      model_name: "length",
      model_version: "1",
      role: "image_quality",
      tasks: ["score-image"],
      loader: "length",
      runtime: "inprocess",
      engine: "js",
      precision: "fp32",
      device_policy: "cpu",
      local_artifacts: [],
      resource_requirements: { vram_mb: 0, ram_mb: 100 },
      licence: { id: "Apache-2.0" },
    },
  ],
});

/** What a loading function of another framework gives. */
export interface Words {
  readonly path: string;
  readonly limit: number;
}

/** A loading function as a team has it: `register_model(loader_func, required, loader_kwargs)`. */
export function loadWords(path: string, { limit }: Readonly<Record<string, unknown>>): Words {
  return { path, limit: Number(limit) };
}
