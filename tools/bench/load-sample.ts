/**
 * One sample of one way to load a model, in a process of its own: `plain` is the engine's own create on the model file,
 * `prepared` what our provider opens. The engine has been started before, as it has in a spare runner. Prints JSON.
 */
import { logTo, type ModelSpec } from "@menagerie/core";
import { onnxProvider } from "@menagerie/onnx";

const [way, file = "", cacheDir = "", sha256 = ""] = process.argv.slice(2);
const spec = {
  model_name: "bench",
  runtime: "inprocess",
  engine: "onnx",
  weights_digest: "auto",
  local_artifacts: [{ name: "model", path: "model.onnx", kind: "file", sha256 }],
  graphs: { model: { artifact: "model" } },
  input_schema: {},
  output_schema: {},
} as unknown as ModelSpec;
const request = { spec, device: "cpu", artifacts: new Map([["model", file]]), cacheDir, log: logTo(() => {}) } as const;

await onnxProvider.warm?.();
if (way === "prepare") {
  await onnxProvider.prepare?.(request);
} else {
  const engine = (await import("onnxruntime-node")).default;
  const before = process.memoryUsage.rss();
  const started = performance.now();
  if (way === "plain") await engine.InferenceSession.create(file);
  else await onnxProvider.open({ ...request, graph: "model", declaration: { artifact: "model" }, threads: 2 });
  const ms = performance.now() - started;
  process.stdout.write(JSON.stringify({ ms, grownBytes: process.memoryUsage.rss() - before }));
}
