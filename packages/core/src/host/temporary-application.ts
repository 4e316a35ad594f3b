import { mkdir, mkdtemp, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import { removeFolder } from "../forms/form-files.ts";

/** A folder with a package.json and plugins under node_modules, for tests; gone when it is disposed. */
export class TemporaryApplication implements AsyncDisposable {
  readonly dir: string;

  private constructor(dir: string) {
    this.dir = dir;
  }

  /** @param plugins packages to install: files by path inside each package. */
  static async create(plugins: Record<string, Record<string, string>> = {}): Promise<TemporaryApplication> {
    const app = new TemporaryApplication(await mkdtemp(join(tmpdir(), "menagerie-app-")));
    const dependencies = Object.fromEntries(Object.keys(plugins).map((name) => [name, "*"]));
    await app.write("package.json", JSON.stringify({ name: "app", dependencies }));
    for (const [name, files] of Object.entries(plugins)) {
      for (const [file, text] of Object.entries(files)) await app.write(join("node_modules", name, file), text);
    }
    await mkdir(join(app.dir, "node_modules", "@menagerie"), { recursive: true });
    await symlink(
      fileURLToPath(new URL("../..", import.meta.url)),
      join(app.dir, "node_modules", "@menagerie", "core"),
    );
    return app;
  }

  /** Writes a file of the application. @returns its absolute path */
  async write(file: string, content: string | Uint8Array): Promise<string> {
    const path = join(this.dir, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeFolder(this.dir);
  }
}

/** The files of a plugin whose loader is the given class body; its model answers without any engine. */
export function scriptedPlugin(
  name: string,
  model: string,
  body: string,
  spec: Record<string, unknown> = {},
): Record<string, string> {
  return {
    "package.json": JSON.stringify({
      name,
      version: "1.2.3",
      type: "module",
      exports: "./index.js",
      menagerie: { contract: 1 },
    }),
    "index.js": `import { definePlugin, ModelLoaderBase } from "@menagerie/core/loader";
class Loader extends ModelLoaderBase { ${body} }
export default definePlugin({ name: ${JSON.stringify(name)}, loaders: { scripted: Loader } });
`,
    [`models/${model}.yaml`]: stringify({ ...scriptedSpec(model), ...spec }),
  };
}

/** The `menagerie` field of an engine's package. */
export function engineField(engine: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const usual = { name: "onnx", runtimes: ["inprocess"], precisions: ["fp32"], devices: ["cpu"] };
  return { contract: 1, engine: { ...usual, ...engine } };
}

/** The files of a plugin, whose manifest names an engine's package besides. */
export function onEngine(files: Readonly<Record<string, string>>, engine: string): Record<string, string> {
  const json = JSON.parse(files["package.json"] ?? "{}") as { menagerie?: object };
  const menagerie = { ...json.menagerie, engines: [engine] };
  return { ...files, "package.json": JSON.stringify({ ...json, menagerie }) };
}

/** The files of an engine's package that declares itself, and has no code. */
export function declaredEngine(name: string, engine: Readonly<Record<string, unknown>> = {}): Record<string, string> {
  return { "package.json": JSON.stringify({ name, version: "1.0.0", menagerie: engineField(engine) }) };
}

export function scriptedSpec(model: string): Record<string, unknown> {
  return {
    model_name: model,
    model_version: "1",
    role: "image_quality",
    tasks: ["score-image"],
    loader: "scripted",
    runtime: "inprocess",
    engine: "js",
    precision: "fp32",
    device_policy: "cpu",
    local_artifacts: [],
    resource_requirements: { vram_mb: 0, ram_mb: 100 },
    licence: { id: "Apache-2.0" },
  };
}
