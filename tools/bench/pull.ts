import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Sources, Store } from "@menagerie/pull";
import { spread } from "./spread.ts";

const pairs = 7;
const megabytes = 800;

/** Fetches a file from a hub on this machine, with digest and all, and by curl, in turn. */
export async function benchPull(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "menagerie-bench-"));
  const repository = join(folder, "repository");
  const server = spawn(process.execPath, [
    "--conditions=menagerie-source",
    fileURLToPath(new URL("./pull-server.ts", import.meta.url)),
    await withWeights(repository),
  ]);
  try {
    const [line] = (await once(server.stdout, "data")) as [Buffer];
    const env = { HF_ENDPOINT: line.toString().trim() };
    const ours: number[] = [];
    const curls: number[] = [];
    for (let i = 0; i < pairs; i++) {
      curls.push(await byCurl(env.HF_ENDPOINT, join(folder, "curl")));
      ours.push(await byPull(env, join(folder, `models-${i}`)));
    }
    const rate = (ms: number): number => (megabytes / ms) * 1000;
    const ratios = ours.map((ms, i) => (curls[i] ?? Number.NaN) / ms);
    return [
      `${megabytes} MB from a hub on this machine, ${pairs} pairs:`,
      `  zoo pull, verified      ${spread(ours.map(rate), "MB/s")}`,
      `  curl, not verified      ${spread(curls.map(rate), "MB/s")}`,
      `  as fast as curl         ${spread(ratios, "times")}`,
    ].join("\n");
  } finally {
    server.kill();
    await rm(folder, { recursive: true, force: true });
  }
}

async function withWeights(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await using file = await open(join(folder, "model.onnx"), "w");
  const bytes = crypto.getRandomValues(new Uint8Array(50_000));
  for (let i = 0; i < (megabytes * 1e6) / bytes.length; i++) {
    bytes.set(new Uint8Array(Uint32Array.of(i).buffer));
    await file.write(bytes);
  }
  return folder;
}

/** Milliseconds. */
async function byPull(env: NodeJS.ProcessEnv, root: string): Promise<number> {
  using sources = new Sources([], { env });
  const repository = await sources.open("hf:acme/model", { env });
  const file = await repository.file("model.onnx");
  if (file === undefined) throw new Error("the hub has no model.onnx");
  const store = new Store(root);
  const begun = performance.now();
  await store.bring(file, { what: "model.onnx of acme/model", hasToken: false });
  const ms = performance.now() - begun;
  await rm(root, { recursive: true });
  return ms;
}

async function byCurl(hub: string, file: string): Promise<number> {
  const begun = performance.now();
  await promisify(execFile)("curl", ["-sSfL", "-o", file, `${hub}/acme/model/resolve/main/model.onnx`]);
  const ms = performance.now() - begun;
  await rm(file);
  return ms;
}
