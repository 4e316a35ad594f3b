import { resolve } from "node:path";
import { logTo, type ModelSpec, parseModelSpec, type ScoreImageOutput } from "@menagerie/core";
import { adoptedSpec, CheckpointFolder } from "@menagerie/core/adopt";
import { ArtifactStore, createLoadContext } from "@menagerie/core/loader";
import { adoptBrisque } from "./adopt-brisque.ts";
import { BrisqueLoader } from "./brisque-loader.ts";

/** A BRISQUE that a function gave, for code that has no zoo. It runs in the calling process. */
export interface BrisqueModel extends AsyncDisposable {
  readonly spec: ModelSpec;
  scoreImage(image: Uint8Array): Promise<ScoreImageOutput>;
}

/** Loads the BRISQUE in a folder of OpenCV's two files: the functional form of BrisqueLoader. */
export async function loadBrisqueModel(path: string): Promise<BrisqueModel> {
  const folder = new CheckpointFolder(resolve(path));
  const spec = parseModelSpec(adoptedSpec(await adoptBrisque(folder), unknownBrisque(), "brisque"), folder.path);
  const artifacts = new ArtifactStore(spec, folder.path);
  const loader = new BrisqueLoader(spec, (device) =>
    createLoadContext({ spec, device, artifacts, log: logTo(() => {}), providers: [], threads: 1 }),
  );
  await loader.load();
  return {
    spec,
    scoreImage: (image) => loader.run("score-image", { image }),
    [Symbol.asyncDispose]: () => loader.unload(),
  };
}

/** What a folder does not say of itself. */
function unknownBrisque(): ModelSpec {
  const declared = {
    model_name: "brisque",
    model_version: "1",
    role: "image_quality",
    tasks: ["score-image"],
    loader: "brisque",
    runtime: "inprocess",
    engine: "js",
    precision: "fp32",
    device_policy: "cpu",
    local_artifacts: [],
    resource_requirements: { vram_mb: 0, ram_mb: 200, max_batch: 1 },
    licence: { id: "NOASSERTION" },
  };
  return parseModelSpec(declared, "the functional form");
}
