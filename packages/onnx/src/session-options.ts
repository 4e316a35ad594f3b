import type { Device } from "@menagerie/core";
import type { InferenceSession } from "onnxruntime-node";
import { executionProviders } from "./execution-providers.ts";

/** Options of every session; those that change a prepared form are part of its key. */
export function sessionOptions(device: Device, threads: number): InferenceSession.SessionOptions {
  return {
    executionProviders: executionProviders(device),
    // Set explicitly: the default also pins threads to cores, which fails in containers.
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
    enableCpuMemArena: true,
    logSeverityLevel: 3,
    // Spinning threads of several runners on few cores cost 20 to 50 % of the throughput, and an idle one its CPU.
    extra: { session: { intra_op: { allow_spinning: "0" } } },
  };
}

/** Options for a graph that was optimised before: doing it again takes most of a load. */
export function preparedSessionOptions(device: Device, threads: number): InferenceSession.SessionOptions {
  return { ...sessionOptions(device, threads), graphOptimizationLevel: "disabled" };
}
