import dns from "node:dns";
import net from "node:net";
import { type Manner, type Refusal, refusal } from "./refusal.ts";
import { type Owner, seal } from "./seal.ts";

/** Ports of one host or address; `any` for all. */
type Ports = Set<string>;

/**
 * The hosts that a runner may reach. A name is allowed as it is written; its addresses are those that the system's own look-up
 * gave for it. What is connected to is looked at where the socket itself is told its address, so it does not matter what was
 * asked for above.
 */
export class AllowedHosts {
  readonly #names = new Map<string, Ports>();
  readonly #addresses = new Map<string, Ports>();
  /** As they were declared, for messages. */
  readonly words: string;

  constructor(hosts: readonly string[]) {
    this.words = hosts.join(", ");
    for (const host of hosts) {
      const [, bracketed, plain = "", port = "any"] = /^(?:\[(.+)\]|([^:]+))(?::(\d+))?$/.exec(host) ?? [];
      add(this.#names, bracketed ?? plain, [port]);
    }
    for (const [name, ports] of this.#names) if (net.isIP(name) !== 0) add(this.#addresses, name, ports);
  }

  hasName(name: unknown): boolean {
    return typeof name === "string" && this.#names.has(name.toLowerCase());
  }

  /** Whether a socket may be told to connect there. */
  hasAddress(address: unknown, port: unknown): boolean {
    const ports = this.#addresses.get(String(address));
    return ports !== undefined && (ports.has("any") || ports.has(String(port)));
  }

  /** Whether the options or arguments of a connection name such a host and port. */
  allows(options: unknown): boolean {
    if (typeof options !== "object" || options === null) return false;
    const { host, port, path } = options as Record<string, unknown>;
    if (path !== undefined && path !== null && port === undefined) return false;
    const ports = this.#names.get(String(host ?? "localhost").toLowerCase());
    return ports !== undefined && (ports.has("any") || ports.has(String(port)));
  }

  /** Notes where a name leads. */
  note(name: string, found: unknown): void {
    const ports = this.#names.get(name.toLowerCase());
    if (ports === undefined) return;
    for (const entry of [found].flat()) {
      const address = typeof entry === "object" && entry !== null ? (entry as { address?: unknown }).address : entry;
      if (typeof address === "string") add(this.#addresses, address, ports);
    }
  }
}

function add(map: Map<string, Ports>, key: string, ports: Iterable<string>): void {
  map.set(key, new Set([...(map.get(key) ?? []), ...ports]));
}

/** Puts a check before every connection and look-up of names; all else stays to be closed. */
export function openTo(hosts: AllowedHosts): void {
  const refuse = (call: string, manner?: Manner): Refusal =>
    refusal(
      call,
      undefined,
      manner,
      `This runner may reach ${hosts.words} alone, as the package of its engine declares.`,
    );
  guardHandles(hosts, refuse("net.Socket handle"));
  const { connect } = net.Socket.prototype;
  const refuseConnect = refuse("net.Socket.connect");
  seal(net.Socket.prototype, "connect", function guardedConnect(this: net.Socket, ...args: unknown[]): unknown {
    // What was normalised stands in a list, which `connect` knows by a mark on it.
    const [first, second] = args;
    const options: unknown = Array.isArray(first)
      ? first[0]
      : typeof first === "object"
        ? first
        : { port: first, host: typeof second === "string" ? second : undefined };
    return hosts.allows(options)
      ? (connect as (...given: unknown[]) => unknown).apply(this, args)
      : refuseConnect(...args);
  });
  guardLookups(hosts, refuse);
}

/** The native class of TCP sockets: every connection of Node ends here, with an address in place of a name. */
function guardHandles(hosts: AllowedHosts, refuse: Refusal): void {
  const socket = new net.Socket().on("error", () => {});
  // Given up at once, before it is tried; but the socket has its handle by then.
  socket.connect({ host: "127.0.0.1", port: 9 });
  const { _handle: handle } = socket as unknown as { _handle?: object };
  if (handle === undefined || handle === null) throw new Error("This Node shows no handle of a socket");
  const prototype = Object.getPrototypeOf(handle) as Owner;
  socket.destroy();
  for (const name of ["connect", "connect6"]) {
    const connect = prototype[name] as (...args: unknown[]) => unknown;
    seal(prototype, name, function guardedConnect(this: unknown, ...args: unknown[]): unknown {
      const [, address, port] = args;
      return hosts.hasAddress(address, port) ? connect.apply(this, args) : refuse({ host: address, port });
    });
  }
  for (const name of ["bind", "bind6", "listen"]) if (Object.hasOwn(prototype, name)) seal(prototype, name, refuse);
}

type Callback = (error: unknown, found: unknown, family?: unknown) => unknown;

function guardLookups(hosts: AllowedHosts, refuse: (call: string, manner?: Manner) => Refusal): void {
  const lookup = dns.lookup as unknown as (...args: unknown[]) => unknown;
  const refuseLookup = refuse("dns.lookup");
  seal(dns, "lookup", function guardedLookup(name: string, ...args: unknown[]): unknown {
    if (!hosts.hasName(name)) return refuseLookup(name);
    const callback = args.at(-1) as Callback;
    if (typeof callback !== "function") return lookup(name, ...args);
    return lookup(name, ...args.slice(0, -1), (...found: Parameters<Callback>) => {
      hosts.note(name, found[1]);
      return callback(...found);
    });
  });
  const lookupSoon = dns.promises.lookup as unknown as (...args: unknown[]) => Promise<unknown>;
  const refuseSoon = refuse("dns.promises.lookup", "rejects");
  seal(dns.promises, "lookup", async function guardedLookup(name: string, ...args: unknown[]): Promise<unknown> {
    if (!hosts.hasName(name)) return refuseSoon(name);
    const found = await lookupSoon(name, ...args);
    hosts.note(name, found);
    return found;
  });
}
