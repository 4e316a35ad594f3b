import { execFile } from "node:child_process";
import { mkdir, mkdtemp, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createZoo, systemIsolation } from "@menagerie/core/host";
import { removeFolder } from "@menagerie/core/loader";
import type { Check } from "./machine-checks.ts";

/** An address that no machine has, set aside for documentation: what gets out is lost on its way. */
const nowhere = "192.0.2.1";
/** Milliseconds after which a connection that was not refused counts as on its way. */
const waitMs = 1000;

/** The doors of JavaScript that a runner tries, each an expression that is a promise. */
const doors: Readonly<Record<string, string>> = {
  fetch: `fetch("http://${nowhere}/")`,
  "net.connect": `connected(net.connect(80, "${nowhere}"))`,
  "tls.connect": `connected(tls.connect(443, "${nowhere}"))`,
  "dns.lookup": `dns.promises.lookup("models.invalid")`,
  "dgram.send": `new Promise((resolve, reject) => { const socket = dgram.createSocket("udp4"); socket.send("x", 9, "${nowhere}", (error) => { socket.close(); error ? reject(error) : resolve(); }); })`,
  "a child process": `new Promise((resolve, reject) => child.execFile(process.execPath, ["-v"], (error) => error ? reject(error) : resolve()))`,
  "a thread": `new Promise((resolve, reject) => { const one = new threads.Worker("", { eval: true }); one.on("error", reject); one.on("exit", resolve); })`,
};

/** What stopped a door: what a runner answers for each. */
const stops = ["open", "guard", "permission model", "no network", "nothing: it was on its way"] as const;

/** Tries to reach out as code in a runner would, from JavaScript and from native code, and says what stopped it. */
export async function probeOffline(): Promise<Check[]> {
  return [await probeJavaScript(), await probeNative()];
}

async function probeJavaScript(): Promise<Check> {
  const name = "reach_javascript";
  const folder = await mkdtemp(join(tmpdir(), "menagerie-offline-"));
  try {
    await writePlugin(folder);
    await using zoo = await createZoo({ appDir: folder, modelsRoot: folder, cacheDir: join(folder, "cache") });
    const { output } = await zoo.run("offline-probe", "embed-text", { text: "?" });
    const answers = [...(output.embedding ?? [])].map((number) => stops[number] ?? "open");
    const tried = Object.keys(doors).map((door, i) => [door, answers[i] ?? "open"] as const);
    const isOpen = (stop: string): boolean => stop === "open" || stop.startsWith("nothing");
    const open = tried.filter(([, stop]) => isOpen(stop)).map(([door]) => door);
    const by = [...new Set(tried.map(([, stop]) => stop))].filter((stop) => !isOpen(stop));
    const values = Object.fromEntries(tried);
    if (open.length === 0)
      return {
        name,
        state: "ok",
        found: `${tried.length} ways tried in a runner, all stopped by the ${by.join(", ")}`,
        values,
      };
    const found = `${open.join(", ")} got out of a runner`;
    return { name, state: "problem", found, values, remedy: "Report this: a runner must not reach the network." };
  } catch (error) {
    const found = `no runner could be asked: ${error instanceof Error ? error.message : String(error)}`;
    return { name, state: "problem", found, values: {}, remedy: "Correct what the message says, and try again." };
  } finally {
    await removeFolder(folder);
  }
}

async function writePlugin(folder: string): Promise<void> {
  const plugin = join(folder, "node_modules/offline-probe");
  // Its sources and what is built of them lie one folder below the package.
  const core = fileURLToPath(new URL("..", import.meta.resolve("@menagerie/core")));
  await mkdir(join(folder, "node_modules/@menagerie"), { recursive: true });
  await symlink(core, join(folder, "node_modules/@menagerie/core"), "junction");
  await mkdir(join(plugin, "models"), { recursive: true });
  const named = { name: "offline-probe", version: "1.0.0", type: "module", exports: "./index.js" };
  const spec = {
    ...{ model_name: "offline-probe", model_version: "1", role: "probe", tasks: ["embed-text"], loader: "probe" },
    ...{ runtime: "inprocess", engine: "js", precision: "fp32", device_policy: "cpu", local_artifacts: [] },
    ...{ resource_requirements: { vram_mb: 0, ram_mb: 100 }, licence: { id: "Apache-2.0" } },
  };
  await Promise.all([
    writeFile(join(folder, "package.json"), JSON.stringify({ dependencies: { "offline-probe": "*" } })),
    writeFile(join(plugin, "package.json"), JSON.stringify({ ...named, menagerie: { contract: 1 } })),
    writeFile(join(plugin, "models/probe.yaml"), JSON.stringify(spec)),
    writeFile(join(plugin, "index.js"), pluginCode),
  ]);
}

const pluginCode = `import child from "node:child_process";
import dgram from "node:dgram";
import dns from "node:dns";
import net from "node:net";
import threads from "node:worker_threads";
import tls from "node:tls";
import { definePlugin, ModelLoaderBase } from "@menagerie/core/loader";

const connected = (socket) => new Promise((resolve, reject) => { socket.on("connect", resolve); socket.on("error", reject); });
const late = () => new Promise((resolve) => setTimeout(resolve, ${waitMs}, "late"));
const codesOf = (error) => { const codes = []; for (let at = error; at; at = at.cause) codes.push(String(at.code)); return codes; };
async function tried(open) {
  try {
    return (await Promise.race([open(), late()])) === "late" ? 4 : 0;
  } catch (error) {
    const codes = codesOf(error);
    if (codes.includes("network_forbidden")) return 1;
    if (codes.includes("ERR_ACCESS_DENIED")) return 2;
    return 3;
  }
}
class Probe extends ModelLoaderBase {
  tasks = { "embed-text": async () => ({ embedding: await Promise.all([${Object.values(doors)
    .map((door) => `tried(async () => ${door})`)
    .join(", ")}]) }) };
  async open() { return {}; }
}
export default definePlugin({ name: "offline-probe", loaders: { probe: Probe } });
`;

/** A program that no guard watches, in the place where runners are put: what holds it holds any native code. */
async function probeNative(): Promise<Check> {
  const name = "reach_native";
  const { prefix, network } = await systemIsolation();
  const inside = await reach(prefix);
  const outside = prefix.length === 0 ? inside : await reach([]);
  const values = { inside, outside, network };
  if (inside === "stopped" && network === "namespace")
    return {
      name,
      state: "ok",
      found: "a native program in a runner's place has no network: its namespace is empty",
      values,
    };
  if (inside === "stopped")
    return {
      name,
      state: "warn",
      found: "a native program has no way out, since this machine has none itself; nothing else would stop it",
      values,
      remedy: "See the check named network: what is native is shut in by the kernel, or by whoever runs this machine.",
    };
  return {
    name,
    state: "warn",
    found: `a native program in a runner's place sends to ${nowhere}: nothing stops it`,
    values,
    remedy: "See the check named network; or deny the whole service the network from outside.",
  };
}

const nativeCode = `const socket = require("node:net").connect(80, ${JSON.stringify(nowhere)});
socket.on("connect", () => process.exit(1));
socket.on("error", ({ code }) => process.exit(["ENETUNREACH", "ENETDOWN", "EHOSTUNREACH", "EADDRNOTAVAIL"].includes(code) ? 0 : 1));
setTimeout(() => process.exit(1), ${waitMs});`;

function reach(prefix: readonly string[]): Promise<"stopped" | "open"> {
  const [command = process.execPath, ...args] = [...prefix, process.execPath, "-e", nativeCode];
  return new Promise((resolve) => {
    execFile(command, args, { timeout: 10_000, env: { PATH: process.env.PATH } }, (error) =>
      resolve(error === null ? "stopped" : "open"),
    );
  });
}
