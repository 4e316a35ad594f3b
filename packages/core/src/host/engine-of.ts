import { type DeviceKind, type DevicePolicy, kindOf } from "../contract/device.ts";
import type { EngineManifest } from "../contract/engine-manifest.ts";
import { type ErrorCode, ModelError } from "../contract/model-error.ts";
import type { ModelSpec } from "../contract/model-spec.ts";
import { didYouMean } from "../contract/schema-issue.ts";

/**
 * The engine that a spec means, of those that its plugin names.
 * @returns undefined for a model that its plugin computes by itself
 * @throws `unsupported_engine`, `unsupported_runtime` or `unsupported_device` with what there is and the nearest word
 */
export function engineOf(
  spec: ModelSpec,
  engines: readonly EngineManifest[],
  plugin: string,
): EngineManifest | undefined {
  const refuse = (code: ErrorCode, key: keyof ModelSpec, what: string, of: string, known: readonly string[]): never => {
    const asked = String(spec[key]);
    const hint = didYouMean(asked, known);
    const there =
      known.length === 1 ? `the only ${what} of ${of} is ${known[0]}` : `the ${what}s of ${of} are ${known.join(", ")}`;
    throw new ModelError(code, `${spec.model_name} has ${key} "${asked}"; ${there}. ${hint}`.trim(), {
      model: spec.model_name,
      details: { [key]: asked, known },
    });
  };
  if (spec.engine === "js") {
    if (spec.runtime !== "inprocess") refuse("unsupported_runtime", "runtime", "runtime", "js", ["inprocess"]);
    return undefined;
  }
  const named = engines.filter(({ name, takes }) => name === spec.engine || takes.includes(spec.engine));
  if (named.length === 0)
    refuse("unsupported_engine", "engine", "engine", plugin, [
      ...new Set(engines.flatMap(({ name, takes }) => [name, ...takes])),
      "js",
    ]);
  const serving = named.filter(({ runtimes }) => runtimes.includes(spec.runtime));
  if (serving.length === 0)
    refuse("unsupported_runtime", "runtime", "runtime", `the engine ${spec.engine}`, [
      ...new Set(named.flatMap(({ runtimes }) => runtimes)),
    ]);
  const engine = serving.find(({ precisions }) => precisions.includes(spec.precision));
  if (engine === undefined)
    return refuse("unsupported_engine", "precision", "precision", `the engine ${spec.engine}`, [
      ...new Set(serving.flatMap(({ precisions }) => precisions)),
    ]);
  const kinds = kindsOf(spec.device_policy);
  if (kinds !== undefined && !kinds.some((kind) => engine.devices.includes(kind)))
    refuse("unsupported_device", "device_policy", "device", `the engine ${spec.engine}`, engine.devices);
  return engine;
}

/** The kinds of devices that a policy allows; undefined for all. */
function kindsOf(policy: DevicePolicy): readonly DeviceKind[] | undefined {
  return policy === "auto" ? undefined : [kindOf(policy)];
}
