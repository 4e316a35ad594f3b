import { join } from "node:path";
import { writeMlp } from "@menagerie/testing";
import { availableBytes, megabytes } from "./memory.ts";
import { type Proof, times } from "./proof.ts";
import { proofZoo } from "./proof-zoo.ts";

/** Loads, runs and unloads a 500 MB model, and compares what the machine has to give before and after. */
export async function proveMemory(folder: string): Promise<Proof> {
  await writeMlp(join(folder, "mlp500.onnx"), { megabytes: 500 });
  await using zoo = await proofZoo(folder, "mlp500.onnx");
  // The first time prepares the model and starts the spare process, which stay.
  await zoo.run("proof", "score-image", times(1));
  await zoo.unload("proof");
  await settle();
  const before = await availableBytes();
  await zoo.run("proof", "score-image", times(5));
  const loaded = await availableBytes();
  const pid = zoo.status().models[0]?.pid ?? 0;
  const measured = zoo.status().models[0]?.measured_bytes ?? 0;
  await zoo.unload("proof");
  const gone = !isAlive(pid);
  const after = await availableAfter(before);
  const missing = Math.max(0, before - after);
  return {
    holds: gone && missing < before * 0.01,
    said: `process ${pid} is ${gone ? "gone" : "still there"}; available ${megabytes(before)} before, ${megabytes(loaded)} loaded (runner measured at ${megabytes(measured)}), ${megabytes(after)} after unload: ${((missing / before) * 100).toFixed(2)} % missing (bound: 1 %)`,
  };
}

/** What the machine has to give once it is as much as before, or after ten seconds: its other users take and give, too. */
async function availableAfter(before: number): Promise<number> {
  let available = 0;
  for (let i = 0; i < 7 && available < before * 0.999; i++) {
    await settle();
    available = await availableBytes();
  }
  return available;
}

async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 1500));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
