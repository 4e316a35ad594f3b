/**
 * One sample of one way to load a model, in a process of its own: `plain` is the engine's own create on the model file,
 * `prepared` what our provider opens. The engine has been started before, as it has in a spare runner. Prints JSON.
 */
import { statSync } from "node:fs";
import { logTo, type ModelSpec } from "@menagerie/core";
import { FormStore, type MakeForms, type PreparedForms, stampOf, VerifiedFile } from "@menagerie/core/loader";
import { onnxProvider } from "@menagerie/onnx";

const [way, file = "", cacheDir = "", sha256 = ""] = process.argv.slice(2);
const spec = {
  model_name: "bench",
  model_version: "1",
  runtime: "inprocess",
  engine: "onnx",
  weights_digest: "auto",
  local_artifacts: [{ name: "model", path: "model.onnx", kind: "file", sha256 }],
  graphs: { model: { artifact: "model" } },
  input_schema: {},
  output_schema: {},
} as unknown as ModelSpec;
const log = logTo(() => {});
const device = "cpu" as const;
const store = new FormStore({ cacheDir, log });
// A host knows the digest of a file that it has loaded before.
const known = { stamp: stampOf(statSync(file, { bigint: true })), sha256 };

/** What is there already; `prepare` has made it. */
async function forms(make: MakeForms): Promise<PreparedForms> {
  return store.ensure((await onnxProvider.formKeys?.({ spec, device })) ?? {}, make);
}

await onnxProvider.warm?.();
if (way === "prepare") {
  const artifacts = new Map([["model", await VerifiedFile.open(file)]]);
  await forms(async ({ graphs }) => {
    for (const [graph, folder] of Object.entries(graphs))
      await onnxProvider.makeForm?.({ spec, device, graph, artifacts, folder, log });
  });
} else {
  const engine = (await import("onnxruntime-node")).default;
  const fromCache = (): Promise<PreparedForms> => forms(() => Promise.reject(new Error("nothing was prepared")));
  // A host looks through its cache once, when it first loads a model.
  if (way === "prepared") await fromCache();
  const before = process.memoryUsage.rss();
  const started = performance.now();
  if (way === "plain") await engine.InferenceSession.create(file);
  else {
    const artifacts = new Map([["model", await VerifiedFile.open(file, { known })]]);
    const form = (await fromCache()).model;
    const declaration = { artifact: "model" };
    await onnxProvider.open({ spec, device, artifacts, graph: "model", declaration, form, threads: 2, log });
  }
  const ms = performance.now() - started;
  process.stdout.write(JSON.stringify({ ms, grownBytes: process.memoryUsage.rss() - before }));
}
