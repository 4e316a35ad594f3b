import { writeFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Log, logTo } from "@menagerie/core";
import { stringify } from "yaml";
import { scriptedPlugin } from "./scripted-plugin.ts";

export interface ScriptedModel {
  /** Calls that it takes at a time. */
  readonly concurrency?: number;
  /** Megabytes (10^6 bytes) of main memory that it declares. */
  readonly ramMb?: number;
}

/** What loads of a scripted model do: a number of milliseconds that they take, or what goes wrong. */
export type LoadScript = number | "throw" | "exit" | "never" | "allocate" | "odd";

/** An application's folder with one plugin whose models do what they are told; gone when it is disposed. */
export class ScriptedApplication implements AsyncDisposable {
  readonly dir: string;
  /** Every process that pools over this folder have started, the latest last. */
  readonly started: number[] = [];
  readonly #heeded = new Set<number>();

  private constructor(dir: string) {
    this.dir = dir;
  }

  static async create(models: Readonly<Record<string, ScriptedModel>>): Promise<ScriptedApplication> {
    const app = new ScriptedApplication(await mkdtemp(join(tmpdir(), "menagerie-scripted-")));
    const plugin = join("node_modules", "scripted-plugin");
    await app.#write("package.json", JSON.stringify({ name: "app", dependencies: { "scripted-plugin": "*" } }));
    const manifest = { name: "scripted-plugin", version: "1.0.0", type: "module", exports: "./index.js" };
    await app.#write(join(plugin, "package.json"), JSON.stringify({ ...manifest, menagerie: { contract: 1 } }));
    await app.#write(join(plugin, "index.js"), scriptedPlugin);
    for (const [name, model] of Object.entries(models))
      await app.#write(join(plugin, "models", `${name}.yaml`), stringify(specOf(name, model, app.cacheDir)));
    await mkdir(app.cacheDir);
    await mkdir(join(app.dir, "node_modules", "@menagerie"));
    // Its module lies one folder below the package's own, in source and built.
    const core = fileURLToPath(new URL("..", import.meta.resolve("@menagerie/core")));
    await symlink(core, join(app.dir, "node_modules", "@menagerie", "core"));
    return app;
  }

  /** A log of a zoo over this folder, which hears what models and pools say of themselves. @param inner hears it all too */
  log(inner?: Log): Log {
    return logTo((level, message, fields) => {
      if (message === "a runner process was started") this.started.push(Number(fields.pid));
      else if (message === "heeded") this.#heeded.add(Number(fields.number));
      else if (message === "exits") writeFileSync(join(this.cacheDir, `exited-${fields.number}`), "");
      // Also what a log must not do is passed on: to give a promise.
      return inner?.[level](message, fields);
    });
  }

  /** Folder of prepared forms; what models are told lies in it too. */
  get cacheDir(): string {
    return join(this.dir, "cache");
  }

  /** What loads of that model do from now on. */
  async scriptLoad(model: string, script: LoadScript): Promise<void> {
    await writeFile(join(this.cacheDir, `${model}.load`), String(script));
  }

  /** How long unloading takes from now on. */
  async scriptClose(model: string, ms: number): Promise<void> {
    await writeFile(join(this.cacheDir, `${model}.close`), String(ms));
  }

  /** From now on `exit-until-mended` answers. */
  async mend(): Promise<void> {
    await writeFile(join(this.cacheDir, "mended"), "");
  }

  /** Whether the signal of the call with this input has reached its model: of acts that say so. */
  wasHeeded(input: Uint8Array): boolean {
    return this.#heeded.has(new DataView(input.buffer, input.byteOffset).getFloat64(5, true));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.dir, { recursive: true, force: true });
  }

  async #write(file: string, text: string): Promise<void> {
    const path = join(this.dir, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
}

function specOf(name: string, { concurrency = 1, ramMb = 100 }: ScriptedModel, folder: string): object {
  return {
    model_name: name,
    model_version: "1",
    role: "scripted",
    tasks: ["transcribe-audio", "estimate-depth"],
    loader: "scripted",
    runtime: "inprocess",
    engine: "js",
    precision: "fp32",
    device_policy: "cpu",
    local_artifacts: [],
    resource_requirements: { vram_mb: 0, ram_mb: ramMb, concurrency },
    parameters: { folder },
    licence: { id: "Apache-2.0" },
  };
}
