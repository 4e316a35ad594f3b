import { join } from "node:path";
import { writeResNet18 } from "@menagerie/testing";
import { type Proof, times } from "./proof.ts";
import { proofZoo } from "./proof-zoo.ts";

/** Ends a runner with SIGKILL while it works on a request, and waits for the answer all the same. */
export async function proveKill(folder: string): Promise<Proof> {
  await writeResNet18(join(folder, "r18.onnx"));
  const warnings: string[] = [];
  await using zoo = await proofZoo(folder, "r18.onnx", warnings);
  const untouched = await zoo.run("proof", "score-image", times(20));
  const first = zoo.status().models[0]?.pid ?? 0;
  const started = performance.now();
  const answer = zoo.run("proof", "score-image", times(20));
  await new Promise((resolve) => setTimeout(resolve, 50));
  process.kill(first, "SIGKILL");
  const { output } = await answer;
  const ms = performance.now() - started;
  const second = zoo.status().models[0]?.pid ?? 0;
  const why = warnings.find((line) => line.includes("ended unasked")) ?? "the log says nothing";
  return {
    holds: second !== first && output.score === untouched.output.score && warnings.length > 0,
    said: `runner ${first} killed under a request of ${untouched.timing_ms.run.toFixed(0)} ms, same answer from ${second} after ${ms.toFixed(0)} ms; the log: ${why}`,
  };
}
