import dgram from "node:dgram";
import dns from "node:dns";
import net from "node:net";
import { ModelError } from "../model-error.ts";

/**
 * Forbids this process the network: every way out of JavaScript ends in a socket's `connect`, a datagram's `send` or a
 * name look-up. The second line behind Node's own permission model, which covers the network only from Node 25.
 */
export function forbidNetwork(): void {
  const refuse =
    (what: string) =>
    (...args: unknown[]): never => {
      const target = describeTarget(args);
      throw new ModelError(
        "network_forbidden",
        `Code in a runner tried to reach the network: ${what} ${target}. Runners work on local files only; use \`zoo pull\` or copy what is needed beforehand.`,
        {
          details: { call: what, target },
        },
      );
    };
  net.Socket.prototype.connect = refuse("connect") as never;
  net.Server.prototype.listen = refuse("listen") as never;
  dgram.Socket.prototype.send = refuse("send") as never;
  dgram.Socket.prototype.connect = refuse("connect") as never;
  for (const resolver of [dns, dns.promises] as unknown as Record<string, unknown>[]) {
    for (const name of Object.keys(resolver)) {
      if (/^(lookup|lookupService|resolve|reverse)/.test(name) && typeof resolver[name] === "function")
        resolver[name] = refuse(`dns.${name}`);
    }
  }
}

function describeTarget(args: readonly unknown[]): string {
  const first: unknown = Array.isArray(args[0]) ? args[0][0] : args[0];
  if (typeof first === "object" && first !== null) {
    const { host, hostname, port, path } = first as Record<string, unknown>;
    return [host ?? hostname ?? path ?? "", port].filter((part) => part !== undefined && part !== "").join(":");
  }
  return args.filter((arg) => typeof arg === "string" || typeof arg === "number").join(":");
}
