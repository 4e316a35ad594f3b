import childProcess from "node:child_process";
import cluster from "node:cluster";
import dgram from "node:dgram";
import dns from "node:dns";
import inspector from "node:inspector";
import inspectorPromises from "node:inspector/promises";
import module from "node:module";
import net from "node:net";
import { constants } from "node:os";
import tls from "node:tls";
import threads from "node:worker_threads";
import { allowedHosts, openTo } from "./allowed-hosts.ts";
import type { Grants } from "./grants.ts";
import { guardThreads } from "./guarded-threads.ts";
import { apply, matched, numberOf } from "./intrinsics.ts";
import { type Deed, type Manner, type Refusal, refusal } from "./refusal.ts";
import { type Owner, seal } from "./seal.ts";

/**
 * Closes every door of JavaScript to the network, for good: what is refused cannot be put back, and no reference to the
 * original is left. It is installed before a plugin is imported, and holds for `require`, for default, namespace and named
 * imports. Everything else of Node that reaches the network ends in one of these doors; `judged-exports.yaml` says for each
 * export of Node why it is harmless, and a test fails at one that nobody has judged.
 *
 * Native code is not covered: see `host/runners/isolation.ts`.
 * @param grants doors that stay open because the model's engine declares that it needs them
 */
export function forbidNetwork(grants: Grants = {}): void {
  const hosts = grants.network === undefined ? undefined : allowedHosts(grants.network);
  closeServers();
  if (hosts === undefined) closeSockets();
  else openTo(hosts);
  closeHandles();
  closeDatagrams();
  closeNames(hosts === undefined ? [] : ["lookup"]);
  closeWeb(hosts === undefined);
  closeOtherRealms(grants);
  // Named imports see what a module exported when it was first imported, until they are told.
  module.syncBuiltinESMExports();
}

type Class = { readonly prototype: Owner };

function closeServers(): void {
  close(net, "net", ["_createServerHandle"]);
  // From Node 26: a socket that is bound when it is made.
  close(net, "net", ["BoundSocket", "_TransferredBoundSocket"]);
  close(net.Server.prototype, "net.Server", ["listen", "_listen2"]);
}

function closeSockets(): void {
  close(net, "net", ["connect", "createConnection"]);
  close(net.Socket.prototype, "net.Socket", ["connect"]);
  closeTls();
}

function closeTls(): void {
  const connect = tls.connect as unknown as Refusal;
  const refuseConnect = refusal("tls.connect");
  // TLS over a stream that is there already reaches nothing new.
  seal(tls, "connect", (...args: unknown[]) => apply(hasSocket(args) ? connect : refuseConnect, undefined, args));
  closeTlsHandles();
}

function hasSocket(args: readonly unknown[]): boolean {
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    if (typeof arg === "object" && arg !== null && "socket" in arg && arg.socket !== undefined) return true;
  }
  return false;
}

/**
 * The native classes under sockets connect and listen by themselves, and open sockets show theirs. A runner's standard output
 * is a pipe, as is its channel to the host: one class.
 */
function closeHandles(): void {
  const sockets = [process.stdout, process.stderr] as unknown as { readonly _handle?: object }[];
  for (const handle of sockets.map((socket) => socket._handle)) {
    if (handle === undefined || handle === null) continue;
    close(Object.getPrototypeOf(handle) as Owner, "net.Socket handle", handleDoors);
  }
}

function closeTlsHandles(): void {
  // A TLSSocket that is given no socket makes a TCP handle of its own: the one way left to that class.
  const prototype = tls.TLSSocket.prototype as unknown as Owner;
  const wrap = prototype._wrapHandle as (this: unknown, ...args: unknown[]) => unknown;
  const refuseHandle = refusal("tls.TLSSocket");
  if (typeof wrap !== "function") return;
  seal(prototype, "_wrapHandle", function wrapHandle(this: unknown, ...args: unknown[]) {
    return args[0] || args[1] ? apply(wrap, this, args) : refuseHandle();
  });
}

const handleDoors = ["connect", "connect6", "bind", "bind6", "listen"];

function closeDatagrams(): void {
  closeClass(dgram, "dgram", "Socket", { except: ["close", "ref", "unref", "address", "remoteAddress"] });
  close(dgram, "dgram", ["createSocket", "_createSocketHandle"]);
}

/** @param open names of look-ups that are guarded already */
function closeNames(open: readonly string[]): void {
  const settings = ["getServers", "setDefaultResultOrder", "getDefaultResultOrder"];
  const atOnce = ["Resolver", "constructor", "setServers", "setLocalAddress"];
  for (const [of, names, manner] of [
    ["dns", dns, "throws"],
    ["dns.promises", dns.promises, "rejects"],
  ] as const) {
    const mannerOf = (name: string): Manner => (atOnce.includes(name) ? "throws" : manner);
    closeClass(names, of, "Resolver", { except: ["cancel", "getServers"], mannerOf });
    close(
      names,
      of,
      functionsOf(names).filter((name) => !settings.includes(name) && !open.includes(name)),
      { mannerOf },
    );
  }
}

/** @param isShut whether nothing at all is to be reached; else what these open is looked at below them */
function closeWeb(isShut: boolean): void {
  const quic = process.getBuiltinModule("node:quic");
  if (quic !== undefined) close(quic, "quic", ["connect", "listen", "QuicEndpoint"]);
  if (!isShut) return;
  // 6 ms. An import would also read all that it exports, and so make classes that nobody asked for: 20 ms more.
  close(process.getBuiltinModule("node:http"), "http", ["WebSocket"]);
  for (const name of ["WebSocket", "EventSource"].filter((each) => Object.hasOwn(globalThis, each))) {
    // A definition over such a lazy property would read it first, too.
    if (Reflect.deleteProperty(globalThis, name)) seal(globalThis, name, refusal(name));
  }
  const fetchLocal = globalThis.fetch;
  const refuseFetch = refusal("fetch", "reach the network", "rejects");
  seal(globalThis, "fetch", function fetch(input: string | URL | Request, init?: RequestInit): unknown {
    // Bytes that stand in the URL itself, or in this process.
    const url = `${typeof input === "object" && "url" in input ? input.url : input}`;
    return matched(/^(data|blob):/i, url) !== null ? fetchLocal(url, init) : refuseFetch(url);
  });
}

/** Another process, thread or debugger has modules that are not guarded. */
function closeOtherRealms(grants: Grants): void {
  const process_ = { deed: "start a process" } as const;
  if (grants.child_process !== true) {
    closeClass(childProcess, "child_process", "ChildProcess", { ...process_, except: ["kill", "ref", "unref"] });
    close(childProcess, "child_process", functionsOf(childProcess), process_);
  }
  close(cluster, "cluster", ["fork"], process_);
  close(process, "process", ["execve"], process_);
  const thread = { deed: "start a thread" } as const;
  if (grants.threads === true) guardThreads(grants);
  else closeClass(threads, "worker_threads", "Worker", { ...thread, except: [] });
  // Its hooks run in a thread of their own.
  close(module, "module", ["register"], thread);
  const debug = { deed: "open an inspector" } as const;
  for (const [of, inspects] of [
    ["inspector", inspector],
    ["inspector/promises", inspectorPromises],
  ] as const) {
    closeClass(inspects, of, "Session", { ...debug, except: ["disconnect"] });
    close(inspects, of, ["open", "waitForDebugger"], debug);
  }
  close(process, "process", ["_debugProcess"], debug);
  closeDebugSignal();
  close(process, "process", ["binding", "_linkedBinding"]);
}

/** The one signal that makes any Node process open an inspector, the host too; others still pass. */
function closeDebugSignal(): void {
  const { SIGUSR1 } = constants.signals;
  for (const name of ["kill", "_kill"]) {
    const send = (process as unknown as Owner)[name];
    const refuse = refusal(`process.${name}`, "open an inspector");
    if (typeof send !== "function") continue;
    seal(process, name, (pid: number, signal?: unknown) => {
      // Node converts what is neither a name nor a number, and cuts numbers down: what is judged is what it gets.
      const given =
        typeof signal === "string" || signal === undefined || signal === null ? signal : numberOf(signal) | 0;
      return given === "SIGUSR1" || (numberOf(given) | 0) === SIGUSR1
        ? refuse(pid, `${given}`)
        : apply(send, process, [pid, given]);
    });
  }
}

interface Closing {
  readonly deed?: Deed;
  readonly mannerOf?: (name: string) => Manner;
}

/** Refuses the functions and classes of these names; a name that this Node lacks is no door. */
function close(owner: object, of: string, names: readonly string[], { deed, mannerOf }: Closing = {}): void {
  for (const name of names) {
    if (!Object.hasOwn(owner, name)) continue;
    seal(owner, name, refusal(of === "" ? name : `${of}.${name}`, deed, mannerOf?.(name)));
  }
}

/** Refuses a class: making one, and with one that was made before, or by a subclass, every method but those named. */
function closeClass(
  owner: object,
  of: string,
  name: string,
  { except, ...closing }: Closing & { readonly except: readonly string[] },
): void {
  const { prototype } = (owner as Record<string, Class>)[name] as Class;
  const parent = Object.getPrototypeOf(prototype) as Owner;
  // A class that others of Node extend as well, as EventEmitter, stays as it is.
  const prototypes = Object.hasOwn(parent, "setServers") ? [prototype, parent] : [prototype];
  for (const each of prototypes)
    close(
      each,
      `${of}.${name}`,
      functionsOf(each).filter((method) => !except.includes(method)),
      closing,
    );
  close(owner, of, [name], closing);
  // `instanceof` goes on working with what is put in the class's place.
  Object.defineProperty((owner as Record<string, Class>)[name], "prototype", { value: prototype });
}

function functionsOf(owner: object): string[] {
  return Object.entries(Object.getOwnPropertyDescriptors(owner))
    .filter(([, { value }]) => typeof value === "function")
    .map(([name]) => name);
}
