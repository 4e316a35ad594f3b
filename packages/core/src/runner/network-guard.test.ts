import { spawn } from "node:child_process";
import dgram from "node:dgram";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import net, { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";

const guard = JSON.stringify(new URL("./network-guard.ts", import.meta.url).href);

/** Runs an ES module in a process of its own and reads the JSON that it prints. No permission model: the guard stands alone. */
async function inProcess(script: string, stdio: "ignore" | "pipe" = "ignore"): Promise<unknown> {
  const flags = ["--no-warnings", "--conditions=menagerie-source", "--input-type=module"];
  const child = spawn(process.execPath, [...flags, "--eval", script], { stdio: ["ignore", "pipe", "pipe", stdio] });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout?.on("data", (data: Buffer) => out.push(data));
  child.stderr?.on("data", (data: Buffer) => err.push(data));
  // What the process writes to its descriptor 3 comes back to it.
  const channel = child.stdio[3] as net.Socket | null;
  channel?.pipe(channel);
  await once(child, "close");
  const text = Buffer.concat(out).toString();
  if (text === "") throw new Error(`The process printed nothing. ${Buffer.concat(err)}`);
  return JSON.parse(text);
}

async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(`${tmpdir()}/menagerie-`);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

const forbid = `(await import(${guard})).forbidNetwork();`;

/** Each way that a program would try, by what it is called with: named and namespace imports stand before the guard. */
const doors = `
  import net, { connect } from "node:net";
  import { createSocket } from "node:dgram";
  import dns, { lookup, Resolver } from "node:dns";
  import * as names from "node:dns";
  import promises, { lookup as lookupSoon, Resolver as SoonResolver } from "node:dns/promises";
  import http, { get } from "node:http";
  import https from "node:https";
  import http2 from "node:http2";
  import tls, { connect as connectTls } from "node:tls";
  import module, { createRequire, register } from "node:module";
  import inspector, { open } from "node:inspector";
  import os from "node:os";
  import { Worker } from "node:worker_threads";
  import { execFileSync, spawn } from "node:child_process";
  ${forbid}
  const require = createRequire(process.cwd() + "/any.js");
  const at = { host: "127.0.0.1", port: PORT };
  const url = "http://127.0.0.1:PORT/";
  const ways = {
    "a named import": () => connect(at),
    "a default import": () => net.createConnection(at),
    "net.Socket": () => new net.Socket().connect(at),
    "net.Socket.prototype": () => net.Socket.prototype.connect.call(new net.Socket(), at),
    "a Unix socket": () => net.connect("/run/docker.sock"),
    "an import after the guard": async () => (await import("node:net")).connect(at),
    "require": () => require("net").connect(at),
    "Module._load": () => module._load("net").connect(at),
    "process.getBuiltinModule": () => process.getBuiltinModule("net").connect(at),
    "a server": () => net.createServer().listen(0, "127.0.0.1"),
    "a server on IPv6": () => net.createServer().listen(0, "::1"),
    "a server on a path": () => net.createServer().listen("/tmp/menagerie-no-such.sock"),
    "a server's inner function": () => net.createServer()._listen2(null, 0, 4, 1),
    "a handle": () => net._createServerHandle("127.0.0.1", 0, 4),
    "a server of HTTP": () => http.createServer().listen(0),
    "a server of HTTP/2": () => http2.createServer().listen(0),
    "a server of TLS": () => tls.createServer().listen(0),
    "http.get": () => get(url),
    "http.request": () => http.request(url),
    "an agent": () => new http.Agent().createConnection(at),
    "https.get": () => https.get("https://127.0.0.1:PORT/"),
    "http2.connect": () => http2.connect(url),
    "http2.connect over TLS": () => http2.connect("https://127.0.0.1:PORT/"),
    "tls.connect": () => connectTls(at),
    "_tls_wrap": () => require("_tls_wrap").connect(at),
    "the handle of a TLS socket": () => new tls.TLSSocket(),
    "the handle of a TLS pipe": () => new tls.TLSSocket(undefined, { pipe: true }),
    "the handle of standard output": () => process.stdout._handle.listen(1),
    "a datagram": () => createSocket("udp4").send("x", PORT, "127.0.0.1"),
    "dgram.Socket": () => new (require("dgram").Socket)("udp4"),
    "a name": () => lookup("localhost", () => {}),
    "a name by promise": () => lookupSoon("localhost"),
    "a name by a namespace import": () => names.resolve4("localhost", () => {}),
    "a name by dns.promises": () => dns.promises.resolveTxt("localhost"),
    "a reverse look-up": () => promises.reverse("127.0.0.1"),
    "other name servers": () => dns.setServers(["127.0.0.1:PORT"]),
    "a resolver": () => new Resolver(),
    "a resolver by promise": () => new SoonResolver(),
    "a resolver's own class": () => new (Resolver.prototype.constructor)(),
    "the class under a resolver": () => new (Object.getPrototypeOf(Resolver.prototype).constructor)(),
    "a class that extends a resolver": () => new (class extends Resolver {})(),
    "fetch": () => fetch(url),
    "fetch of a Request": () => fetch(new Request(url)),
    "fetch's dispatcher": async () => {
      await fetch("data:,x");
      const dispatcher = globalThis[Symbol.for("undici.globalDispatcher.1")];
      const handler = { onConnect() {}, onHeaders() {}, onData() {}, onComplete() {}, onRequestStart() {}, onResponseStart() {}, onResponseData() {}, onResponseEnd() {} };
      await new Promise((resolve, reject) => {
        dispatcher.dispatch({ origin: url, path: "/", method: "GET" }, { ...handler, onError: reject, onResponseError: (_controller, error) => reject(error) });
      });
    },
    "WebSocket": () => new WebSocket("ws://127.0.0.1:PORT"),
    "http.WebSocket": () => new http.WebSocket("ws://127.0.0.1:PORT"),
    "a thread": () => new Worker("1", { eval: true }),
    "a loader's thread": () => register("data:text/javascript,"),
    "a process": () => spawn("true"),
    "a process, waited for": () => execFileSync("true"),
    "a process by require": () => require("child_process").fork("any.js"),
    "a worker of a cluster": () => require("cluster").fork(),
    "another program in this one's place": () => process.execve?.("/bin/true", ["true"], {}) ?? spawn("true"),
    "an inspector": () => open(0),
    "an inspector's session": () => new inspector.Session().connect(),
    "an inspector of the host": () => process._debugProcess(process.ppid),
    "an inspector by signal": () => process.kill(process.ppid, "SIGUSR1"),
    "an inspector by a signal's number": () => process.kill(process.pid, os.constants.signals.SIGUSR1),
    "an inspector by an inner function": () => process._kill(process.pid, os.constants.signals.SIGUSR1),
    "Node's own bindings": () => process.binding("tcp_wrap"),
  };
  const outcomes = {};
  for (const [way, go] of Object.entries(ways)) {
    const limit = new Promise((resolve) => setTimeout(resolve, 1000, "pending"));
    outcomes[way] = await Promise.race([limit, new Promise((resolve) => resolve(go())).then(() => "open", (error) => error.code ?? error.message)]);
  }
  console.log(JSON.stringify(outcomes));
  process.exit(0);
`;

describe("the network guard", () => {
  test("refuses every way to the network, of which nothing is heard outside", async () => {
    let heard = 0;
    const server = net.createServer(() => {
      heard += 1;
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    const datagrams = dgram.createSocket("udp4").bind(port, "127.0.0.1");
    datagrams.on("message", () => {
      heard += 1;
    });
    await once(datagrams, "listening");
    const outcomes = (await inProcess(doors.replaceAll("PORT", String(port)))) as Record<string, string>;
    expect(Object.keys(outcomes).length).toBeGreaterThan(50);
    expect(Object.entries(outcomes).filter(([, outcome]) => outcome !== "network_forbidden")).toEqual([]);
    expect(heard).toBe(0);
    server.close();
    datagrams.close();
  });

  test("has judged every function and class of this Node", async () => {
    const judged = parse(await readFile(new URL("./judged-exports.yaml", import.meta.url), "utf8")) as Record<
      string,
      { why: string; names: string }[]
    >;
    const groups = Object.entries(judged).flatMap(([owner, list]) => list.map((group) => ({ owner, ...group })));
    expect(groups.filter(({ why }) => why.trim().length < 4)).toEqual([]);
    const harmless = new Set(
      groups.flatMap(({ owner, names }) => names.split(/\s+/).map((name) => `${owner} ${name}`)),
    );
    const open = (await inProcess(`
      import module, { builtinModules, createRequire } from "node:module";
      const require = createRequire(process.cwd() + "/any.js");
      ${forbid}
      const open = [];
      const walk = (owner, object) => {
        for (const name of Object.getOwnPropertyNames(object)) {
          let value;
          try { value = object[name]; } catch { continue; }
          const refused = typeof value === "function" && value.name === "refused";
          if (typeof value === "function" && !refused && name !== "constructor") open.push(owner + " " + name);
        }
      };
      const schemeOnly = ["node:ffi", "node:quic", "node:dtls", "node:sea", "node:sqlite", "node:test", "node:test/reporters"];
      for (const name of new Set([...builtinModules, ...schemeOnly.filter(module.isBuiltin)])) {
        const exported = require(name);
        if (name !== "sys" && typeof exported !== "function") walk(name, exported);
        else if (name !== "sys") walk(name, Object.assign({}, exported));
      }
      for (const [name, type] of [["net", "Socket"], ["net", "Server"], ["dgram", "Socket"], ["tls", "TLSSocket"], ["tls", "Server"], ["http", "Agent"], ["child_process", "ChildProcess"]])
        walk(name + "." + type + ".prototype", require(name)[type].prototype);
      walk("globalThis", Object.fromEntries(Object.getOwnPropertyNames(globalThis).filter((name) => name !== "require" && !builtinModules.includes(name)).map((name) => [name, globalThis[name]])));
      console.log(JSON.stringify(open));
    `)) as string[];
    expect(open.length).toBeGreaterThan(800);
    expect(open.filter((name) => !harmless.has(name))).toEqual([]);
  });

  test("cannot be taken away again", async () => {
    const outcomes = await inProcess(
      `
      import net from "node:net";
      import dns from "node:dns";
      import module from "node:module";
      ${forbid}
      const tries = {
        assign: () => { net.Socket.prototype.connect = () => "open"; },
        define: () => Object.defineProperty(dns, "lookup", { value: () => "open" }),
        delete: () => { delete globalThis.fetch; },
        cache: () => { dns.promises.lookup = () => "open"; module.syncBuiltinESMExports(); },
        twice: () => { FORBID },
      };
      const outcomes = {};
      for (const [name, go] of Object.entries(tries)) {
        try { await go(); outcomes[name] = "done"; } catch (error) { outcomes[name] = error.constructor.name; }
      }
      try { net.connect(9); } catch (error) { outcomes.after = error.code; }
      console.log(JSON.stringify(outcomes));
    `.replace("() => { FORBID }", `async () => { ${forbid} }`),
    );
    expect(outcomes).toEqual({
      assign: "TypeError",
      define: "TypeError",
      delete: "TypeError",
      cache: "TypeError",
      twice: "done",
      after: "network_forbidden",
    });
  });

  test.each([
    ["before", "false"],
    ["after", "true"],
  ])("leaves files, timers, and a socket made %s it on a descriptor that is open already", async (_when, late) => {
    const outcomes = await inProcess(
      `
      import { readFileSync } from "node:fs";
      import { once } from "node:events";
      import net from "node:net";
      const early = LATE ? undefined : new net.Socket({ fd: 3 });
      ${forbid}
      const channel = early ?? new net.Socket({ fd: 3 });
      channel.write("to the host and back");
      const [back] = await once(channel, "data");
      const codes = [];
      for (const go of [() => channel._handle.listen(1), () => channel.connect(9), () => channel._handle.constructor && channel._handle.bind("/tmp/menagerie-no-such.sock")]) {
        try { go(); codes.push("open"); } catch (error) { codes.push(error.code); }
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
      const inline = await (await fetch("data:text/plain,inline")).text();
      console.log(JSON.stringify({ back: String(back), codes, files: readFileSync("/proc/self/stat").length > 0, inline }));
      process.exit(0);
    `.replace("LATE", late),
      "pipe",
    );
    expect(outcomes).toEqual({
      back: "to the host and back",
      codes: ["network_forbidden", "network_forbidden", "network_forbidden"],
      files: true,
      inline: "inline",
    });
  });

  test("says what was tried, without the secrets of a URL, and names no command that does not exist", async () => {
    const { message, details } = (await inProcess(`
      ${forbid}
      const error = await fetch("https://user:hush@models.example/weights?token=hush").catch((caught) => caught);
      console.log(JSON.stringify({ message: error.message, details: error.details }));
    `)) as { message: string; details: unknown };
    expect(details).toEqual({ call: "fetch", target: "https://models.example/weights" });
    expect(message).toMatch(
      /^Code in a runner tried to reach the network: fetch https:\/\/models\.example\/weights\. .*local_artifacts/,
    );
    expect(message).not.toMatch(/zoo pull|hush/);
  });
});

describe.runIf(process.platform === "linux")("a runner that may reach one host reaches no other by changing", () => {
  /** `wish` is what the guard is to be talked into. */
  const tricks: Readonly<Record<string, string>> = {
    "what maps and sets say": `Map.prototype.get = () => new Set(["any"]); Set.prototype.has = () => true;`,
    "what lower case is": `const { toLowerCase } = String.prototype; String.prototype.toLowerCase = () => "localhost"; await new Promise((told) => dns.lookup(wish, told)); String.prototype.toLowerCase = toLowerCase;`,
    "what a list has": `Array.prototype[Symbol.iterator] = function* () { yield 0; yield "127.0.0.1"; yield 9; };`,
    "how functions are called": `Function.prototype.apply = function (self, args) { this === connect || (inner = this); return apply(this, self, args); };`,
    "what a promise brings": `const { then } = Promise.prototype; Object.defineProperty(Promise.prototype, "constructor", { value: Object }); Promise.prototype.then = (done) => done({ address: wish, family: 4 }); dns.promises.lookup("localhost"); Promise.prototype.then = then;`,
    "a look-up under way": `dns.lookup("localhost", () => {}); for (const each of process._getActiveRequests()) each.callback?.(null, wish, 4);`,
    "a look-up that a hook sees": `hooks.createHook({ init: (id, type, trigger, request) => setImmediate(() => request.callback?.(null, wish, 4)) }).enable(); dns.lookup("models.localhost", () => {}); await new Promise(setImmediate);`,
    "a look-up that a setter sees": `Object.defineProperty(Object.prototype, "callback", { configurable: true, set(callback) { callback(null, wish, 4); } }); dns.lookup("localhost", () => {}); delete Object.prototype.callback;`,
  };
  test.each(Object.entries(tricks))("%s", async (_what, trick) => {
    const server = net.createServer((socket) => socket.destroy()).listen(0, "127.0.0.2");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const said = await inProcess(`
      import dns from "node:dns";
      import { writeSync } from "node:fs";
      import hooks from "node:async_hooks";
      import net from "node:net";
      (await import(${guard})).forbidNetwork({ network: ["localhost", "models.localhost"] });
      const { apply } = Reflect;
      const { exit } = process;
      const { connect } = net.Socket.prototype;
      const wish = "127.0.0.2";
      const say = (said) => { writeSync(1, said); exit(); };
      process.on("uncaughtException", () => say('"refused"'));
      try { ${trick} } catch {}
      const socket = new net.Socket();
      socket.on("connect", () => say('"reached"')).on("error", () => say('"refused"'));
      const lookup = (name, options, callback) => callback(null, wish, 4);
      const way = { host: "localhost", port: ${port}, autoSelectFamily: false, lookup };
      try { apply(connect, socket, [way]); } catch { say('"refused"'); }
    `);
    server.close();
    expect(said).toBe("refused");
  });
});

describe("a thread runs nothing before its guard:", () => {
  const tricks: Readonly<Record<string, string>> = {
    "not what the environment preloads": `process.env.NODE_OPTIONS = preload; go({});`,
    "not what a shared environment preloads": `process.env.NODE_OPTIONS = preload; go({ env: threads.SHARE_ENV });`,
    "not what an environment of its own preloads": `go({ env: { NODE_OPTIONS: preload } });`,
    "not what a setter adds": `Object.defineProperty(Object.prototype, "PATH", { configurable: true, set() { Object.defineProperty(this, "NODE_OPTIONS", { value: preload, enumerable: true }); } }); go({});`,
    "not with flags that a list drops": `const { [Symbol.iterator]: iterator } = Array.prototype; Array.prototype[Symbol.iterator] = function* () {}; go({ execArgv: [] }); Array.prototype[Symbol.iterator] = iterator;`,
    "not with grants that are changed": `threads.getEnvironmentData("menagerie-grants"); const { setEnvironmentData } = threads; const grants = { threads: true, network: ["127.0.0.1"] }; setEnvironmentData("menagerie-grants", grants); go({});`,
    "not with grants that are changed on their way": `const { prototype } = threads.MessagePort; const { postMessage } = prototype; prototype.postMessage = function (message, list) { for (const [name] of message.environmentData ?? []) message.environmentData.set(name, { network: ["127.0.0.1"] }); return postMessage.call(this, message, list); }; go({});`,
  };
  test.each(Object.entries(tricks))("%s", async (_what, trick) => {
    const server = net.createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    await using folder = await temporaryFolder();
    const preload = `${folder.path}/preload.cjs`;
    const tries = `
      const tell = (said) => require("node:worker_threads").parentPort.postMessage(said);
      try {
        const socket = require("node:net").connect(${port}, "127.0.0.1");
        socket.on("connect", () => tell("reached")).on("error", (error) => tell(error.code));
      } catch (error) { tell(error.code); }
    `;
    await writeFile(preload, tries);
    const said = await inProcess(`
      import threads from "node:worker_threads";
      (await import(${guard})).forbidNetwork({ threads: true });
      const preload = ${JSON.stringify(`--require=${preload}`)};
      const said = [];
      const body = ${JSON.stringify(tries)};
      function go(options) {
        const worker = new threads.Worker(body, { eval: true, ...options });
        worker.on("message", (each) => said.push(each)).on("error", (error) => said.push(error.code));
        worker.on("exit", () => { console.log(JSON.stringify(said)); process.exit(); });
      }
      ${trick}
    `);
    server.close();
    expect(said).toEqual(["network_forbidden"]);
  });
});
