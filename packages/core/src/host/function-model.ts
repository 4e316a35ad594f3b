import { stat } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import type { Device } from "../contract/device.ts";
import type { Log } from "../contract/log.ts";
import { ModelError } from "../contract/model-error.ts";
import { type Licence, type ModelSpec, modelSpecShape } from "../contract/model-spec.ts";
import type { LoadContext } from "../loader/load-context.ts";
import { ModelLoaderBase, type ModelLoaderClass, type TaskMethods } from "../loader/model-loader-base.ts";
import { definePlugin, type Plugin } from "../loader/plugin.ts";
import type { GetOptions, Lease } from "../zoo/zoo.ts";
import type { Priority } from "../zoo/zoo-status.ts";
import { sizeOnDisk } from "./size-on-disk.ts";
import { sourceVersion } from "./source-version.ts";

/** A model that a plain function loads. It runs in the application's own process. */
export interface FunctionModel<Opened = unknown> {
  readonly name: string;
  /** The file or folder of its weights, absolute or relative to the application's folder. */
  readonly path?: string | undefined;
  /**
   * Loads the model.
   * @param path absolute; the application's folder for a model without weights of its own
   */
  load(path: string, kwargs: Readonly<Record<string, unknown>>, context: FunctionContext): Opened | Promise<Opened>;
  /** What `load` gets besides: plain data, part of the signature. */
  readonly loader_kwargs?: Readonly<Record<string, unknown>> | undefined;
  /** A function for each task that it answers, given what `load` returned. Default: none, it is used through a lease alone. */
  readonly tasks?: TaskMethods<Opened> | undefined;
  /** The zoo is unhealthy without it. Default: false. */
  readonly required?: boolean | undefined;
  /** `keep_warm` is loaded by `zoo.warm()` and stays. Default: `on_demand`. */
  readonly cache_policy?: "keep_warm" | "on_demand" | undefined;
  /** Default: `medium`. */
  readonly priority?: Priority | undefined;
  /** Lower-case hexadecimal digest of `path` that is insisted on. Default: the one it has when it is loaded. */
  readonly sha256?: string | undefined;
  /** Megabytes (10^6 bytes) of main memory that are set aside. Default: 50, and one and a half times the size of `path`. */
  readonly memory?: { readonly ram_mb: number } | undefined;
  /** Default: `function`. */
  readonly role?: string | undefined;
  readonly description?: string | undefined;
  /** Default: `LicenseRef-unknown`. */
  readonly licence?: Licence | undefined;
  /** Part of the signature. Default: a digest of the source text of `load` and `tasks`. */
  readonly version?: string | undefined;
}

/** What a loading function may use besides its path. */
export interface FunctionContext {
  readonly device: Device;
  readonly log: Log;
}

/** A share in a model that a function loaded. */
export interface OpenedLease<Opened> extends Lease {
  /** What the function returned. @throws `model_not_loaded` where it ended, or the lease is given back */
  readonly opened: Opened;
}

/** A model that was registered. */
export interface RegisteredModel<Opened> {
  readonly name: string;
  /** A share in the loaded model: it is not evicted while the lease lives. */
  get(options?: GetOptions): Promise<OpenedLease<Opened>>;
}

export const functionOptions: readonly (keyof FunctionModel)[] = [
  ...(["name", "path", "load", "loader_kwargs", "tasks", "required", "cache_policy", "priority", "sha256"] as const),
  ...(["memory", "role", "description", "licence", "version"] as const),
];

/**
 * The declaration of a function's model. Its artifact has no digest where none was given.
 * @throws `model_spec_invalid` naming the option that is wrong
 */
export async function functionSpec<Opened>(model: FunctionModel<Opened>, appDir: string): Promise<ModelSpec> {
  const { name, path, load, loader_kwargs = {}, tasks = {}, sha256 } = model;
  const given = modelSpecShape.model_name.safeParse(name);
  const refuse = (problem: string): never => {
    throw new ModelError("model_spec_invalid", `A model cannot be registered: ${problem}.`, {
      details: { name: String(name) },
    });
  };
  if (!given.success) refuse(`its name "${String(name)}" ${given.error.issues[0]?.message}`);
  if (typeof load !== "function") refuse(`"load" of ${name} is ${typeof load}, and must be a function`);
  if (!isData(loader_kwargs)) refuse(`"loader_kwargs" of ${name} must be plain data, as JSON has it`);
  const file = path === undefined ? undefined : resolve(appDir, path);
  const info = file === undefined ? undefined : await stat(file).catch(() => undefined);
  const bytes = file === undefined || info === undefined ? 0 : await sizeOnDisk(file);
  const { ram_mb = Math.ceil((bytes * 1.5) / 1e6) + 50 } = model.memory ?? {};
  if (!(typeof ram_mb === "number" && ram_mb > 0)) refuse(`"memory.ram_mb" of ${name} must be a number above 0`);
  return {
    model_name: name,
    model_version: model.version ?? "1",
    role: model.role ?? "function",
    ...(model.description === undefined ? {} : { description: model.description }),
    tasks: Object.keys(tasks) as ModelSpec["tasks"],
    plugin: pluginName(name),
    loader: "function",
    runtime: "inprocess",
    engine: "js",
    precision: "fp32",
    device_policy: "cpu",
    artifacts_root: file === undefined ? appDir : dirname(file),
    local_artifacts:
      file === undefined
        ? []
        : [{ name: "path", path: basename(file), kind: info?.isDirectory() === true ? "dir" : "file", sha256 }],
    weights_digest: "auto",
    preprocessing: {},
    preprocess_signature: "auto",
    graphs: {},
    input_schema: {},
    output_schema: {},
    resource_requirements: { vram_mb: 0, ram_mb, max_batch: 1 },
    parameters: { ...loader_kwargs },
    golden: [],
    licence: model.licence ?? { id: "LicenseRef-unknown" },
  };
}

/** The plugin that has the function as its one loader. */
export function functionPlugin<Opened>(model: FunctionModel<Opened>, appDir: string): Plugin {
  const { name, path, load, loader_kwargs = {}, tasks = {}, version } = model;
  const absolute = path === undefined ? appDir : resolve(appDir, path);
  const loader: ModelLoaderClass = class extends ModelLoaderBase<Opened> {
    protected override readonly tasks = tasks;

    protected override async open({ device, log }: LoadContext): Promise<Opened> {
      return load(absolute, loader_kwargs, { device, log });
    }

    protected override async close(opened: Opened): Promise<void> {
      const { [Symbol.asyncDispose]: endLater, [Symbol.dispose]: end } = Object(opened) as Partial<
        AsyncDisposable & Disposable
      >;
      if (endLater !== undefined) await endLater.call(opened as AsyncDisposable);
      else end?.call(opened as Disposable);
    }
  };
  return definePlugin({
    name: pluginName(name),
    loaders: { function: loader },
    version: version ?? sourceVersion({ ...tasks, load }),
  });
}

export function pluginName(model: string): string {
  return `the function of ${model}`;
}

function isData(value: unknown): boolean {
  if (typeof value === "object" && value !== null)
    return (
      (Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype) && Object.values(value).every(isData)
    );
  return value === null || typeof value === "string" || typeof value === "boolean" || Number.isFinite(value);
}
