import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { AdoptedCheckpoint, CheckpointFolder } from "@menagerie/core";
import { readBrisqueRegression } from "./brisque-score.ts";
import { OpencvYml } from "./opencv-yml.ts";

/** Reads a folder with a regression and a range table as OpenCV's `brisque_trainer` writes them. */
export async function adoptBrisque(folder: CheckpointFolder): Promise<AdoptedCheckpoint> {
  const model = await folder.first(["brisque_model_live.yml", "brisque_model.yml", "model.yml"]);
  const range = await folder.first(["brisque_range_live.yml", "brisque_range.yml", "range.yml"]);
  const read = async (file: string): Promise<OpencvYml> =>
    new OpencvYml(await readFile(join(folder.path, file), "utf8"), join(folder.path, file), "checkpoint_invalid");
  const { svr } = readBrisqueRegression(await read(model), await read(range));
  return {
    spec: { local_artifacts: [await folder.artifact("model", model), await folder.artifact("range", range)] },
    findings: [
      `${svr.alpha.length} support vectors of ${svr.featureCount} features, gamma ${svr.gamma}, rho ${svr.rho} (${model})`,
      `the range of each feature in training (${range})`,
    ],
  };
}
