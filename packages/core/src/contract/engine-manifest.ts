import { z } from "zod";
import { type DeviceKind, deviceKinds } from "./device.ts";

/** What an engine's package.json says of it under `menagerie.engine`. Read by the host, which runs none of the engine. */
export interface EngineManifest {
  /** Value of `engine` in the specs that it opens. */
  name: string;
  /** Other values of `engine` that it opens, as a server that runs several engines does. */
  takes: string[];
  /** Values of `runtime` that it serves; `inprocess` is the runner itself. */
  runtimes: string[];
  /** Values of `precision` that it can open. */
  precisions: string[];
  devices: DeviceKind[];
  /** What its `open` gives; `graph`: named tensors in, named tensors out. Loaders name what they work with by the same word. */
  opens: string;
  needs: EngineNeeds;
}

/** What a runner is denied and this engine's runners are granted. Anything left out stays denied. */
export interface EngineNeeds {
  /** Starts other programs. These are outside of the guard on the network. */
  child_process?: boolean | undefined;
  /**
   * Hosts that it connects to: `NAME`, `NAME:PORT`, an IPv6 address in brackets, or `${parameters.KEY}` for the host in the
   * address that a spec gives there.
   */
  network?: string[] | undefined;
  /** Variables of the host's environment that are passed on. */
  environment?: string[] | undefined;
  /** Threads of Node (`Worker`), under the same guard. Threads of native code need no leave. */
  threads?: boolean | undefined;
}

/** A value of `engine`, `runtime` or `precision`: which ones there are, the installed engines say. */
export const engineWord: z.ZodType<string> = z
  .string()
  .max(50)
  .regex(/^[a-z0-9]+(?:[._-][a-z0-9]+)*$/, "must be lower-case words joined by - . or _");

/** These decide how Node or the linker start, and so whether anything of a runner's recipe holds. */
const undoing =
  /^(NODE_OPTIONS|NODE_PATH|NODE_EXTRA_CA_CERTS|NODE_USE_ENV_PROXY|LD_PRELOAD|LD_AUDIT|DYLD_.*|MALLOC_.*)$/;

const variable = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "must be the name of an environment variable")
  .refine((name) => !undoing.test(name), "decides how a runner is started and cannot be passed on");

const host = z
  .string()
  .regex(
    /^(?:(?:\[[0-9a-f:.]+\]|[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)(?::[0-9]{1,5})?|\$\{parameters\.[A-Za-z_][A-Za-z0-9_]*\})$/,
    "must be HOST, HOST:PORT or $" + "{parameters.KEY}, in lower case and without a scheme",
  );

export const engineManifestSchema: z.ZodType<EngineManifest> = z.strictObject({
  name: engineWord.refine((name) => name !== "js", "js stands for a model without an engine"),
  takes: z.array(engineWord).default([]),
  runtimes: z.array(engineWord).min(1),
  precisions: z.array(engineWord).min(1),
  devices: z.array(z.enum(deviceKinds)).min(1),
  opens: engineWord.default("graph"),
  needs: z
    .strictObject({
      child_process: z.boolean().optional(),
      network: z.array(host).optional(),
      environment: z.array(variable).optional(),
      threads: z.boolean().optional(),
    })
    .default({}),
});
