import { stat } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { z } from "zod";
import type { Device } from "../contract/device.ts";
import type { Log } from "../contract/log.ts";
import { ModelError } from "../contract/model-error.ts";
import { type Licence, type ModelSpec, modelSpecShape } from "../contract/model-spec.ts";
import type { LoadContext } from "../loader/load-context.ts";
import { ModelLoaderBase, type ModelLoaderClass, type TaskMethods } from "../loader/model-loader-base.ts";
import { definePlugin, type Plugin } from "../loader/plugin.ts";
import { taskNameSchema } from "../tasks/task-document.ts";
import { requireKnownOptions } from "../zoo/known-options.ts";
import type { GetOptions, Lease } from "../zoo/zoo.ts";
import { type Priority, priorities } from "../zoo/zoo-status.ts";
import { frozenData } from "./frozen-data.ts";
import { functionSchema, requireShape } from "./require-shape.ts";
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
  /** Default: `NOASSERTION`. */
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

const functionShape: { readonly [Key in keyof FunctionModel]-?: z.ZodType } = {
  name: modelSpecShape.model_name,
  path: z.string().min(1).optional(),
  load: functionSchema,
  // Judged where it is copied.
  loader_kwargs: z.unknown(),
  tasks: z.record(taskNameSchema, functionSchema).optional(),
  required: z.boolean().optional(),
  cache_policy: z.enum(["keep_warm", "on_demand"]).optional(),
  priority: z.enum(priorities).optional(),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, "must be 64 lower-case hexadecimal digits")
    .optional(),
  memory: z.strictObject({ ram_mb: z.number().positive() }).optional(),
  role: modelSpecShape.role.optional(),
  description: modelSpecShape.description,
  licence: modelSpecShape.licence.optional(),
  version: z.string().min(1).optional(),
};

const registration = z
  .strictObject(functionShape)
  .refine(({ path, sha256 }) => path !== undefined || sha256 === undefined, {
    path: ["sha256"],
    error: 'is the digest of what "path" names, and there is no "path"',
  });

/**
 * A copy of what was given, which later changes do not reach: what is signed is what is loaded.
 * @throws `model_spec_invalid` naming each option that is wrong
 */
export function settledModel<Opened>(model: FunctionModel<Opened>): FunctionModel<Opened> {
  const known = Object.keys(functionShape) as (keyof FunctionModel)[];
  requireKnownOptions(model, known, "register", "model_spec_invalid");
  const given = Object.fromEntries(known.map((key) => [key, model[key]]));
  requireShape(registration, given, "A registration", "model_spec_invalid", {
    name: String(model.name).slice(0, 100),
  });
  return { ...model, ...given, ...settledData(model.name, model.loader_kwargs), tasks: { ...model.tasks } };
}

function settledData(name: string, loader_kwargs: unknown = {}): Pick<FunctionModel, "loader_kwargs"> {
  try {
    const data = frozenData(loader_kwargs, "loader_kwargs");
    if (typeof data === "object" && data !== null && !Array.isArray(data))
      return { loader_kwargs: data as Readonly<Record<string, unknown>> };
    throw new RangeError(`"loader_kwargs" is no object`);
  } catch (cause) {
    const problem = cause instanceof RangeError ? cause.message : String(cause);
    throw new ModelError(
      "model_spec_invalid",
      `A registration cannot be taken: ${problem} of ${name}; it must be plain data, as JSON has it.`,
      { details: { name, problems: [problem] }, cause },
    );
  }
}

/** The declaration of a function's model, which is settled. Its artifact has no digest where none was given. */
export async function functionSpec<Opened>(model: FunctionModel<Opened>, appDir: string): Promise<ModelSpec> {
  const { name, path, loader_kwargs = {}, tasks = {}, sha256 } = model;
  const file = path === undefined ? undefined : resolve(appDir, path);
  const info = file === undefined ? undefined : await stat(file).catch(() => undefined);
  const bytes = file === undefined || info === undefined ? 0 : await sizeOnDisk(file);
  const { ram_mb = Math.ceil((bytes * 1.5) / 1e6) + 50 } = model.memory ?? {};
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
    licence: model.licence ?? { id: "NOASSERTION" },
  };
}

/** The plugin that has the function as its one loader. */
export function functionPlugin<Opened>(model: FunctionModel<Opened>, appDir: string): Plugin {
  const { name, path, load, loader_kwargs = {}, tasks = {}, version } = model;
  const absolute = path === undefined ? appDir : resolve(appDir, path);
  const loader: ModelLoaderClass = class extends ModelLoaderBase<Opened> {
    protected override readonly tasks = tasks;

    protected override async open({ device, log }: LoadContext): Promise<Opened> {
      // What a load does to its copy is not what the next one gets.
      return load(absolute, structuredClone(loader_kwargs), { device, log });
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
