import { z } from "zod";
import { type Device, type DevicePolicy, devicePolicySchema } from "../contract/device.ts";
import type { Priority } from "../zoo/zoo-status.ts";
import type { DeclaredBudget } from "./budgets.ts";

/** A service, composed: which models, how much memory, what is kept. Keys are those of the YAML file. */
export interface ZooSpec {
  zoo_name: string;
  /** Folder of the models, absolute or relative to this file; default: `${DP_MODELS_ROOT}`. */
  models_root?: string | undefined;
  /** Packages to look for plugins in, besides the application's own dependencies. */
  plugins: string[];
  /** Budget by device, in megabytes (10^6 bytes) or as a share ("80%"); default: a part of what the machine has. */
  memory_mb: Partial<Record<Device, DeclaredBudget>>;
  /** Megabytes (10^6 bytes) that are left to others by device, whatever the budget is. */
  memory_reserve_mb: Partial<Record<Device, number>>;
  /** Models to serve; default: every model of every plugin. */
  models?: ZooModel[] | undefined;
  /** Model by role, where several have it or another is meant. */
  roles: Record<string, string>;
  /** Model by a name of your own. */
  aliases: Record<string, string>;
  /** Seconds without a request until a model on an accelerator is unloaded; -1 for never. */
  vram_timeout_s: number;
  /** Seconds without a request until a model in main memory is unloaded; -1 for never. */
  ram_timeout_s: number;
  /** Models that may be loaded at a time; default: as many as there is memory for. */
  max_loaded?: number | undefined;
  /** Loads that may be under way at a time on one device; default: 3, and 1 on an accelerator. */
  max_loading?: number | undefined;
  /** Requests that may wait for one model. */
  max_queue: number;
  /** Megabytes (10^6 bytes) that the inputs of the requests waiting for one model may hold. */
  max_queue_mb: number;
  /** Seconds that one load may take. */
  load_timeout_s: number;
  /** Seconds that a question without a deadline of its own may take; -1 for no limit. */
  request_timeout_s: number;
  /** Seconds that requests under way get to end when the zoo is closed. */
  close_grace_s: number;
  /** Seconds after which a lease that is still held is reported, once; -1 for never. */
  lease_warning_s: number;
  /** Seconds between two probes of the kept models, each a question through queue and runner; -1 for none. */
  health_check_interval_s: number;
  runner: "process" | "inline";
  /** Other ways to compose the same zoo, by name: what one says stands in the place of what the spec says. */
  profiles: Record<string, ZooProfile>;
}

/** A part of a zoo spec: maps count key by key, all else whole. */
export type ZooProfile = { [Key in Exclude<keyof ZooSpec, "profiles">]?: ZooSpec[Key] | undefined };

export interface ZooModel {
  model: string;
  /** A ModelSpec file, relative to this one, for a model that is on no plugin's list. */
  spec?: string | undefined;
  cache_policy: "keep_warm" | "on_demand";
  priority: Priority;
  required: boolean;
  /** Seconds without a request until it is unloaded, 0 for at once, -1 for never; default: the time-out of its device. */
  keep_alive_s?: number | undefined;
  /** Place among kept models of its class: lower is loaded earlier. Default: 0. */
  startup_priority?: number | undefined;
  /** Models of the same word share a runner: they are loaded and leave together. Default: a runner of its own. */
  group?: string | undefined;
  /** Runners that it may have at a time: more than one come under load, and go when they are idle. Default: 1. */
  replicas?: number | undefined;
  device_policy?: DevicePolicy | undefined;
}

/** A zoo spec as a file or an application writes it: what has a default may be left out. */
export type ZooSpecInput = {
  readonly [Key in Exclude<keyof ZooSpec, "models" | "plugins" | "profiles">]?: ZooSpec[Key] | undefined;
} & {
  readonly plugins?: readonly string[] | undefined;
  readonly models?: readonly ZooModelInput[] | undefined;
  readonly profiles?: Readonly<Record<string, Omit<ZooSpecInput, "profiles">>> | undefined;
};

export type ZooModelInput = Pick<ZooModel, "model"> & {
  readonly [Key in Exclude<keyof ZooModel, "model">]?: ZooModel[Key] | undefined;
};

const deviceName = z.templateLiteral([
  z.union([z.enum(["cpu", "webgpu", "coreml", "dml"]), z.templateLiteral(["cuda:", z.int().nonnegative()])]),
]);

const words = z
  .string()
  .max(100)
  .regex(/^[a-z0-9]+(?:[._-][a-z0-9]+)*$/, "must be lower-case words joined by - . or _");

const share = z
  .templateLiteral([z.number().positive(), "%"])
  .refine((text) => Number.parseFloat(text) > 0 && Number.parseFloat(text) <= 100, "must be a share of at most 100%");
const budget = z.union([z.number().positive(), share]);

const zooSpecShape = {
  zoo_name: z.string().default("zoo"),
  models_root: z.string().optional(),
  plugins: z.array(z.string()).default([]),
  memory_mb: z.partialRecord(deviceName, budget).default({}),
  memory_reserve_mb: z.partialRecord(deviceName, z.number().nonnegative()).default({}),
  models: z
    .array(
      z.strictObject({
        model: z.string(),
        spec: z.string().optional(),
        cache_policy: z.enum(["keep_warm", "on_demand"]).default("on_demand"),
        priority: z.enum(["critical", "high", "medium", "low"]).default("medium"),
        required: z.boolean().default(false),
        keep_alive_s: z.number().optional(),
        startup_priority: z.number().optional(),
        group: words.optional(),
        replicas: z.int().positive().max(64).optional(),
        device_policy: devicePolicySchema.optional(),
      }),
    )
    .optional(),
  roles: z.record(z.string().regex(/^[a-z][a-z0-9_]*$/, "must be a role"), z.string()).default({}),
  aliases: z.record(words, z.string()).default({}),
  vram_timeout_s: z.number().default(600),
  ram_timeout_s: z.number().default(1800),
  max_loaded: z.int().positive().optional(),
  max_loading: z.int().positive().optional(),
  max_queue: z.int().positive().default(512),
  max_queue_mb: z.number().positive().default(1000),
  load_timeout_s: z.number().positive().default(120),
  request_timeout_s: z
    .number()
    .refine((seconds) => seconds > 0 || seconds === -1, "must be above 0, or -1 for no limit")
    .default(3600),
  close_grace_s: z.number().nonnegative().default(5),
  lease_warning_s: z.number().default(600),
  health_check_interval_s: z
    .number()
    .refine((seconds) => seconds > 0 || seconds === -1, "must be above 0, or -1 for none")
    .default(-1),
  runner: z.enum(["process", "inline"]).default("process"),
};

const profileSchema = z.strictObject(
  Object.fromEntries(
    // What a profile leaves out is as the spec has it, and not as the default has it.
    Object.entries(zooSpecShape).map(([key, type]) => [
      key,
      (type instanceof z.ZodDefault ? (type.unwrap() as z.ZodType) : type).optional(),
    ]),
  ),
) as unknown as z.ZodType<ZooProfile>;

export const zooSpecSchema: z.ZodType<ZooSpec> = z.strictObject({
  ...zooSpecShape,
  profiles: z
    .record(
      z.string().regex(/^[a-z0-9]+(?:[._-][a-z0-9]+)*$/, "must be lower-case words joined by - . or _"),
      profileSchema,
    )
    .default({}),
});
