import type { EngineManifest, EngineNeeds } from "../contract/engine-manifest.ts";
import { ModelError } from "../contract/model-error.ts";
import type { ModelSpec } from "../contract/model-spec.ts";

/**
 * What a model's runner is granted because its engine declares it, hosts that the spec names put in.
 * @returns undefined where nothing is
 * @throws `model_spec_invalid` where the spec names no host in the parameter that the engine reads it from
 */
export function neededBy(spec: ModelSpec, engine: EngineManifest | undefined): EngineNeeds | undefined {
  const { child_process, threads, network = [], environment = [] } = engine?.needs ?? {};
  const hosts = network.map((host) => {
    const key = /^\$\{parameters\.(.+)\}$/.exec(host)?.[1];
    return key === undefined ? host : hostIn(spec, key);
  });
  const needs: EngineNeeds = {
    ...(child_process === true ? { child_process } : {}),
    ...(hosts.length === 0 ? {} : { network: [...new Set(hosts)].sort() }),
    ...(environment.length === 0 ? {} : { environment: [...new Set(environment)].sort() }),
    ...(threads === true ? { threads } : {}),
  };
  return Object.keys(needs).length === 0 ? undefined : needs;
}

/** `host:port` of a URL, or of a text that is that already. */
function hostIn(spec: ModelSpec, key: string): string {
  const value = Object.hasOwn(spec.parameters, key) ? spec.parameters[key] : undefined;
  const isBare = typeof value === "string" && !value.includes("://");
  const text = isBare ? `any://${value}` : String(value);
  const { hostname = "", port = "", protocol = "" } = URL.canParse(text) ? new URL(text) : {};
  const known = port || ports[protocol];
  // Without a port of its own, or of its protocol, any is meant.
  if (hostname !== "") return known === undefined ? hostname : `${hostname}:${known}`;
  throw new ModelError(
    "model_spec_invalid",
    `${spec.model_name}: its engine "${spec.engine}" connects to the address in "parameters.${key}", which is ` +
      `${value === undefined ? "not there" : JSON.stringify(value)}. Write HOST:PORT or a URL.`,
    { model: spec.model_name, details: { key, value } },
  );
}

const ports: Readonly<Record<string, string>> = { "http:": "80", "https:": "443", "ws:": "80", "wss:": "443" };

/** What is granted, in words for people; empty where nothing is. */
export function needsInWords({ child_process, network = [], environment = [], threads }: EngineNeeds = {}): string {
  return [
    ...(child_process === true ? ["other programs"] : []),
    ...(network.length === 0 ? [] : [`network to ${network.join(", ")}`]),
    ...(environment.length === 0 ? [] : [`environment ${environment.join(", ")}`]),
    ...(threads === true ? ["threads"] : []),
  ].join("; ");
}
