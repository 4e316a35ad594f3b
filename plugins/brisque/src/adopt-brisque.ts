import { join } from "node:path";
import type { AdoptedCheckpoint, CheckpointFolder } from "@menagerie/core/adopt";
import { readBrisqueRegression } from "./brisque-score.ts";
import { readLiveRegression } from "./live-score.ts";
import { OpencvYml } from "./opencv-yml.ts";
import { regressionFiles } from "./regression-files.ts";

/**
 * Reads a folder with a regression and a range table: as OpenCV's `brisque_trainer` writes them, or as they are in the
 * authors' own release (libsvm's files `allmodel` and `allrange`, of which the second may be missing).
 */
export async function adoptBrisque(folder: CheckpointFolder): Promise<AdoptedCheckpoint> {
  const { model, range, isLibsvm } = await regressionFiles(folder);
  if (isLibsvm || range === undefined) return adoptLive(folder, model, range);
  const read = async (file: string): Promise<OpencvYml> =>
    new OpencvYml(await folder.text(file), join(folder.path, file), "checkpoint_invalid");
  const { svr } = readBrisqueRegression(await read(model), await read(range));
  return {
    spec: { local_artifacts: [await folder.artifact("model", model), await folder.artifact("range", range)] },
    findings: [
      `${svr.alpha.length} support vectors of ${svr.featureCount} features, gamma ${svr.gamma}, rho ${svr.rho} (${model})`,
      `the range of each feature in training (${range})`,
    ],
  };
}

async function adoptLive(
  folder: CheckpointFolder,
  model: string,
  range: string | undefined,
): Promise<AdoptedCheckpoint> {
  const read = async (file: string) => ({ text: await folder.text(file), file });
  const { svr } = readLiveRegression(
    await read(model),
    range === undefined ? undefined : await read(range),
    "checkpoint_invalid",
  );
  return {
    spec: {
      local_artifacts: [
        await folder.artifact("model", model),
        ...(range === undefined ? [] : [await folder.artifact("range", range)]),
      ],
    },
    findings: [
      `${svr.coefficients.length} support vectors, gamma ${svr.gamma}, rho ${svr.rho} (${model}), with the statistics of the authors' release`,
      `the range of each feature in training (${range ?? "the release's own, which is known"})`,
    ],
  };
}
