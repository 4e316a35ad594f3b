import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { ModelError } from "@menagerie/core";
import type * as OnnxRuntime from "onnxruntime-node";

export type Engine = typeof OnnxRuntime;

let engine: Promise<Engine> | undefined;

/**
 * ONNX Runtime, loaded on first use: importing this package costs nothing.
 * @throws `dependency_missing` naming the command that installs it
 */
export function loadEngine(): Promise<Engine> {
  // Read by the native library when it is loaded.
  process.env.ORT_DISABLE_TELEMETRY = "1";
  engine ??= import("onnxruntime-node").catch((cause: unknown) => {
    engine = undefined;
    throw new ModelError(
      "dependency_missing",
      "onnxruntime-node is not installed, or has no binary for this machine. Install it: ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node",
      { cause },
    );
  });
  return engine;
}

let version: Promise<string> | undefined;

export function engineVersion(): Promise<string> {
  version ??= readVersion();
  return version;
}

async function readVersion(): Promise<string> {
  const require = createRequire(import.meta.url);
  const json = JSON.parse(await readFile(require.resolve("onnxruntime-node/package.json"), "utf8")) as {
    version: string;
  };
  return json.version;
}
