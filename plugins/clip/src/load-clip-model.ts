import { resolve } from "node:path";
import {
  ArtifactStore,
  adoptedSpec,
  CheckpointFolder,
  createLoadContext,
  type Device,
  type Embedding,
  logTo,
  type MatchImageInput,
  type MatchImageOutput,
  type ModelSpec,
  parseModelSpec,
} from "@menagerie/core";
import { onnxProvider } from "@menagerie/onnx";
import { adoptClip } from "./adopt-clip.ts";
import { ClipLoader } from "./clip-loader.ts";

/** A CLIP that a function gave, for code that has no zoo. It runs in the calling process, and blocks it while it works. */
export interface ClipModel extends AsyncDisposable {
  readonly spec: ModelSpec;
  embedImage(image: Uint8Array): Promise<Embedding>;
  embedText(text: string): Promise<Embedding>;
  matchImage(input: MatchImageInput): Promise<MatchImageOutput>;
}

/**
 * Loads the CLIP in a folder of the public layout: the functional form of ClipLoader.
 * @param options.cacheDir folder of prepared forms, made at the first load; without one every load takes longer.
 */
export async function loadClipModel(
  path: string,
  options: { device?: Device; threads?: number; cacheDir?: string } = {},
): Promise<ClipModel> {
  const folder = new CheckpointFolder(resolve(path));
  const like = unknownClip();
  const spec = parseModelSpec(adoptedSpec(await adoptClip(folder, like), like, "clip"), folder.path);
  const artifacts = new ArtifactStore(spec, folder.path);
  const loader = new ClipLoader(spec, (device) =>
    createLoadContext({
      spec,
      device,
      artifacts,
      log: silent,
      providers: [onnxProvider],
      cacheDir: options.cacheDir ?? "",
      threads: options.threads ?? 1,
    }),
  );
  if (options.cacheDir !== undefined) await prepare(spec, artifacts, options.cacheDir);
  await loader.load(options.device ?? "cpu");
  return {
    spec,
    embedImage: (image) => loader.run("embed-image", { image }),
    embedText: (text) => loader.run("embed-text", { text }),
    matchImage: (input) => loader.run("match-image", input),
    [Symbol.asyncDispose]: () => loader.unload(),
  };
}

async function prepare(spec: ModelSpec, artifacts: ArtifactStore, cacheDir: string): Promise<void> {
  const paths = new Map<string, string>();
  for (const { name } of spec.local_artifacts) paths.set(name, await artifacts.path(name));
  await onnxProvider.prepare?.({ spec, device: "cpu", artifacts: paths, cacheDir, log: silent });
}

const silent = logTo(() => {});

/** What a folder does not say of itself. */
function unknownClip(): ModelSpec {
  const declared = {
    model_name: "clip",
    model_version: "1",
    role: "image_embedding",
    tasks: ["embed-image", "embed-text", "match-image"],
    loader: "clip",
    runtime: "inprocess",
    engine: "onnx",
    precision: "fp32",
    device_policy: "cpu",
    local_artifacts: [],
    resource_requirements: { vram_mb: 0, ram_mb: 1, max_batch: 16 },
    licence: { id: "NOASSERTION" },
  };
  return parseModelSpec(declared, "the functional form");
}
