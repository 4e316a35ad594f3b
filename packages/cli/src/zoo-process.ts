import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));
export const mainFile: string = join(root, "packages/cli/src/main.ts");

/** A `zoo` command under way, for tests. */
export class ZooProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; signal: string | null }>;
  out = "";
  err = "";

  constructor(child: ChildProcess) {
    this.child = child;
    child.stdout?.on("data", (data: Buffer) => {
      this.out += data.toString();
    });
    child.stderr?.on("data", (data: Buffer) => {
      this.err += data.toString();
    });
    this.ended = once(child, "exit").then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as string | null,
    }));
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Runners and their like. */
  async children(pid: number = this.pid): Promise<number[]> {
    const text = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "");
    return text.split(" ").map(Number).filter(Boolean);
  }
}

/** An application whose plugin `patient` has models that load and answer slowly; gone when it is disposed. */
export class PatientApplication implements AsyncDisposable {
  readonly dir: string;
  readonly #started: ZooProcess[] = [];

  private constructor(dir: string) {
    this.dir = dir;
  }

  static async create(): Promise<PatientApplication> {
    const app = new PatientApplication(await mkdtemp(join(tmpdir(), "menagerie-patient-")));
    await app.write("package.json", JSON.stringify({ dependencies: { patient: "*" } }));
    await app.write(
      "node_modules/patient/package.json",
      JSON.stringify({ name: "patient", type: "module", exports: "./index.js", menagerie: { contract: 1 } }),
    );
    await app.write("node_modules/patient/index.js", loader);
    for (const name of ["quick", "slow"]) await app.write(`node_modules/patient/models/${name}.yaml`, spec(name));
    await app.write("node_modules/patient/models/ears.yaml", spec("ears", "transcribe-audio"));
    await app.write("warming.yaml", zooSpec("slow"));
    await app.write("zoo.yaml", zooSpec("quick"));
    await mkdir(join(app.dir, "node_modules/@menagerie"));
    await symlink(join(root, "packages/core"), join(app.dir, "node_modules/@menagerie/core"));
    return app;
  }

  async write(file: string, text: string): Promise<void> {
    await mkdir(dirname(join(this.dir, file)), { recursive: true });
    await writeFile(join(this.dir, file), text);
  }

  /** @param before a program that starts the command: `["unshare", "--pid", "--fork"]` */
  zoo(args: readonly string[], env: Record<string, string> = {}, before: readonly string[] = []): ZooProcess {
    const [program = "", ...rest] = [
      ...before,
      process.execPath,
      "--conditions=menagerie-source",
      mainFile,
      "--app",
      this.dir,
      ...args,
    ];
    const own = { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0", MENAGERIE_CACHE: join(this.dir, "cache") };
    const started = new ZooProcess(spawn(program, rest, { cwd: this.dir, env: { ...own, ...env } }));
    this.#started.push(started);
    return started;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A test that failed halfway leaves its command running.
    for (const { child } of this.#started) child.kill("SIGKILL");
    await rm(this.dir, { recursive: true, force: true });
  }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

/** `slow` takes a minute to open; a picture of n bytes takes n times 100 ms. `ears` hears a word each 300 ms. */
const loader = `import { definePlugin, ModelLoaderBase } from "@menagerie/core/loader";
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
class Quick extends ModelLoaderBase {
  tasks = { "score-image": async (opened, { image }) => {
    await sleep(image.length * 100);
    return { score: image.length, best: 0, worst: 1 };
  } };
  async open() {}
}
class Slow extends Quick {
  async open() { await sleep(60_000); }
}
class Ears extends ModelLoaderBase {
  tasks = { "transcribe-audio": async (opened, { audio }, { onPart }) => {
    const segments = [0, 1, 2].map((start) => ({ text: " word", start, end: start + 1 }));
    for (const segment of segments) {
      await onPart?.(segment);
      await sleep(300);
    }
    return { text: "word word word", segments, language: "en" };
  } };
  async open() {}
}
export default definePlugin({ name: "patient", loaders: { quick: Quick, slow: Slow, ears: Ears } });`;

function spec(name: string, task = "score-image"): string {
  return JSON.stringify({
    model_name: name,
    model_version: "1",
    role: `${name}_role`,
    tasks: [task],
    loader: name,
    runtime: "inprocess",
    engine: "js",
    precision: "fp32",
    device_policy: "cpu",
    local_artifacts: [],
    resource_requirements: { vram_mb: 0, ram_mb: 10 },
    licence: { id: "Apache-2.0" },
  });
}

function zooSpec(model: string): string {
  return JSON.stringify({ zoo_name: "patient", models: [{ model, cache_policy: "keep_warm", required: true }] });
}
