import asyncHooks from "node:async_hooks";
import dns from "node:dns";
import net from "node:net";
import { append, apply, dictionary, isArray, lowerCased, SoonPromise } from "./intrinsics.ts";
import { type Manner, type Refusal, refusal } from "./refusal.ts";
import { type Owner, seal } from "./seal.ts";

/** Ports of one host or address; `any` for all. */
type Ports = Record<string, true>;

/**
 * The hosts that a runner may reach. A name is allowed as it is written; its addresses are those that the system's own look-up
 * gave for it. What is connected to is looked at where the socket itself is told its address, so it does not matter what was
 * asked for above. It is no class: code of the runner could put other methods on one.
 */
export interface AllowedHosts {
  /** As they were declared, for messages. */
  readonly words: string;
  hasName(name: unknown): name is string;
  /** Whether a socket may be told to connect there. */
  hasAddress(address: unknown, port: unknown): boolean;
  /** Whether the options or arguments of a connection name such a host and port. */
  allows(options: unknown): boolean;
  /** Notes where a name leads. */
  note(name: string, found: unknown): void;
}

export function allowedHosts(hosts: readonly string[]): AllowedHosts {
  const names = dictionary<Ports>();
  const addresses = dictionary<Ports>();
  for (const host of hosts) {
    const [, bracketed, plain = "", port = "any"] = /^(?:\[(.+)\]|([^:]+))(?::(\d+))?$/.exec(host) ?? [];
    const ports = dictionary<true>();
    ports[port] = true;
    add(names, bracketed ?? plain, ports);
  }
  for (const [name, ports] of Object.entries(names)) if (net.isIP(name) !== 0) add(addresses, name, ports);
  return Object.freeze({
    words: hosts.join(", "),
    hasName: (name: unknown): name is string => typeof name === "string" && names[lowerCased(name)] !== undefined,
    hasAddress: (address: unknown, port: unknown) =>
      typeof address === "string" && typeof port === "number" && includes(addresses[address], port),
    allows(options: unknown) {
      if (typeof options !== "object" || options === null) return false;
      const { host, port, path } = options as Record<string, unknown>;
      if (path !== undefined && path !== null && port === undefined) return false;
      return includes(names[lowerCased(`${host ?? "localhost"}`)], port);
    },
    note(name: string, found: unknown) {
      const ports = names[lowerCased(name)];
      if (ports === undefined) return;
      const entries: readonly unknown[] = isArray(found) ? found : [found];
      for (let i = 0; i < entries.length; i++) {
        const entry = entries[i];
        const address = typeof entry === "object" && entry !== null ? (entry as { address?: unknown }).address : entry;
        if (typeof address === "string") add(addresses, address, ports);
      }
    },
  });
}

function add(map: Record<string, Ports>, key: string, more: Ports): void {
  const ports = map[key] ?? dictionary<true>();
  for (const port in more) ports[port] = true;
  map[key] = ports;
}

function includes(ports: Ports | undefined, port: unknown): boolean {
  return ports !== undefined && (ports.any === true || ports[`${port}`] === true);
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
  hideRequests(refuse);
  const connect = net.Socket.prototype.connect as (...given: unknown[]) => unknown;
  const refuseConnect = refuse("net.Socket.connect");
  seal(net.Socket.prototype, "connect", function guardedConnect(this: net.Socket, ...args: unknown[]): unknown {
    // What was normalised stands in a list, which `connect` knows by a mark on it.
    const first = args[0];
    const second = args[1];
    const options: unknown = isArray(first)
      ? first[0]
      : typeof first === "object"
        ? first
        : { port: first, host: typeof second === "string" ? second : undefined };
    return apply(hosts.allows(options) ? connect : refuseConnect, this, args);
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
      const address = args[1];
      const port = args[2];
      return hosts.hasAddress(address, port) ? apply(connect, this, args) : refuse({ host: address, port });
    });
  }
  for (const name of ["bind", "bind6", "listen"]) if (Object.hasOwn(prototype, name)) seal(prototype, name, refuse);
}

type Callback = (error: unknown, found: unknown, family?: unknown) => unknown;

function guardLookups(hosts: AllowedHosts, refuse: (call: string, manner?: Manner) => Refusal): void {
  const lookup = dns.lookup as unknown as (...args: unknown[]) => unknown;
  const refuseLookup = refuse("dns.lookup");
  /** @param args as `lookup` takes them, the callback last */
  function lookUp(name: string, args: readonly unknown[], callback: Callback): unknown {
    // Once: the system's own answer is the first, and who comes upon this function later could tell another.
    let isTold = false;
    const noting: Callback = (error, found, family) => {
      if (!isTold && !error) hosts.note(name, found);
      isTold = true;
      return callback(error, found, family);
    };
    const given: unknown[] = [name];
    for (let i = 0; i < args.length - 1; i++) append(given, args[i]);
    append(given, noting);
    return apply(lookup, dns, given);
  }
  seal(dns, "lookup", function guardedLookup(name: unknown, ...args: unknown[]): unknown {
    if (!hosts.hasName(name)) return refuseLookup(name);
    const callback = args[args.length - 1] as Callback;
    // Without one it refuses in its own words.
    return typeof callback === "function" ? lookUp(name, args, callback) : lookup(name);
  });
  const refuseSoon = refuse("dns.promises.lookup", "rejects");
  seal(dns.promises, "lookup", function guardedLookup(name: unknown, options: unknown): unknown {
    if (!hosts.hasName(name)) return refuseSoon(name);
    const settings = typeof options === "number" ? { family: options } : (options ?? {});
    const all = (settings as { all?: unknown }).all === true;
    // By way of the callback: what is awaited goes by `then`, which any code may change.
    return new SoonPromise((resolve, reject) => {
      lookUp(name, [settings, undefined], (error, found, family) =>
        error ? reject(error) : resolve(all ? found : { address: found, family }),
      );
    });
  });
}

/** Whoever had the request of a look-up in hand could answer it himself, before the system does. */
function hideRequests(refuse: (call: string, manner?: Manner) => Refusal): void {
  const { _getActiveRequests: requests } = process as unknown as { _getActiveRequests(): object[] };
  // The class of requests is to be had of one alone; a look-up of an address by itself would make none.
  dns.lookup("localhost", () => {});
  const request = requests().find((each) => each.constructor.name === "GetAddrInfoReqWrap");
  if (request === undefined) throw new Error("This Node shows no request of a look-up");
  const prototype = Object.getPrototypeOf(request) as Owner;
  // What is set on a request stays with it, rather than reach a setter further up.
  for (const name of ["callback", "oncomplete"])
    Object.defineProperty(prototype, name, { value: undefined, writable: true });
  seal(asyncHooks, "createHook", refuse("async_hooks.createHook"));
  seal(process, "_getActiveRequests", refuse("process._getActiveRequests"));
}
