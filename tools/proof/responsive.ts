import { request } from "node:http";
import { join } from "node:path";
import { createServer } from "@menagerie/server";
import { writeMlp } from "@menagerie/testing";
import { type Proof, percentile, times } from "./proof.ts";
import { proofZoo } from "./proof-zoo.ts";

/** Asks the server for its life every few milliseconds while a 500 MB model loads and runs in its runner. */
export async function proveResponsive(folder: string): Promise<Proof> {
  await writeMlp(join(folder, "mlp500.onnx"), { megabytes: 500 });
  await using zoo = await proofZoo(folder, "mlp500.onnx");
  const server = await createServer(zoo);
  const address = await server.listen({ port: 0, host: "127.0.0.1" });
  const latencies: number[] = [];
  let busy = true;
  const asking = (async () => {
    while (busy) {
      latencies.push(await live(address));
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
  })();
  const started = performance.now();
  await zoo.run("proof", "score-image", times(100));
  const seconds = (performance.now() - started) / 1000;
  busy = false;
  await asking;
  await server.close();
  const p99 = percentile(latencies, 0.99);
  return {
    holds: p99 < 20,
    said: `/v2/health/live while 500 MB load and run for ${seconds.toFixed(1)} s: p50 ${percentile(latencies, 0.5).toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, max ${Math.max(...latencies).toFixed(1)} ms of ${latencies.length} requests (bound: p99 under 20 ms)`,
  };
}

function live(address: string): Promise<number> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    request(`${address}/v2/health/live`, (response) => {
      response.resume();
      response.on("end", () => resolve(performance.now() - started));
    })
      .on("error", reject)
      .end();
  });
}
