/**
 * Runs one of the project's commands on a fresh clone: installs what is missing, then starts the command under the Node
 * that the project pins. Plain JavaScript without dependencies, for whatever Node is on the machine.
 *
 *     node tools/run.mjs start | test | test:long | zoo … | bench | bench:kits | fuzz | proof | newcomer | FILE.ts …
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, "node_modules");
const bin = join(modules, ".bin");
const locked = join(root, "package-lock.json");
// npm writes it as the last step of every install.
const installed = join(modules, ".package-lock.json");
const oldest = 20;

const commands = {
  start: ["packages/cli/src/main.ts", "serve", "packages/demo/zoo.yaml"],
  test: [join(modules, "vitest/vitest.mjs"), "run"],
  "test:long": [join(modules, "vitest/vitest.mjs"), "run", "--config", "vitest.long.config.ts"],
  zoo: ["packages/cli/src/main.ts"],
  bench: ["tools/bench/index.ts"],
  "bench:kits": ["tools/bench/kits/index.ts"],
  fuzz: ["tools/fuzz/index.ts"],
  proof: ["tools/proof/index.ts"],
  newcomer: ["tools/newcomer/index.mjs"],
};

if (Number(process.versions.node.split(".")[0]) < oldest) {
  process.stderr.write(
    `Node ${process.versions.node} is too old to begin with: install Node ${oldest} or newer. The project brings the one it runs on itself.\n`,
  );
  process.exit(1);
}
install();
run(process.argv[2] ?? "start", process.argv.slice(3));

/** Installs the locked packages unless exactly they are there. */
function install() {
  if (isInstalled()) return;
  const lock = join(root, ".installing");
  takeLock(lock);
  if (isInstalled()) return;
  process.stderr.write("Installing what is missing (npm install); this happens once …\n");
  const started = Date.now();
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  // The engine's install script would fetch CUDA libraries that a CPU does not need, from a host that may be closed.
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: "skip" };
  // Not `npm ci`: it refuses a lock in which an optional package for some other platform is missing. The lock is followed
  // all the same, and left as it is.
  const { status } = spawnSync(npm, ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
    env,
    shell: process.platform === "win32",
  });
  if (status !== 0) {
    process.stderr.write(
      "npm install failed; what it printed above says why. Nothing but the npm registry is needed.\n",
    );
    process.exit(status ?? 1);
  }
  process.stderr.write(`Installed in ${Math.round((Date.now() - started) / 1000)} s.\n`);
  rmSync(lock, { force: true });
}

/** True unless nothing is installed, or the lock has changed since. */
function isInstalled() {
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync(locked).mtimeMs;
}

/** Two commands started at once must not install into each other: the second waits for the first. */
function takeLock(file) {
  for (let told = false; ; told = true) {
    try {
      writeFileSync(file, String(process.pid), { flag: "wx" });
      process.once("exit", () => rmSync(file, { force: true }));
      return;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    if (!isAlive(holderOf(file))) rmSync(file, { force: true });
    else if (!told) process.stderr.write("Waiting for another command's install …\n");
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
  }
}

function holderOf(file) {
  try {
    return Number(readFileSync(file, "utf8"));
  } catch {
    return 0;
  }
}

function isAlive(pid) {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch {
    return false;
  }
}

function run(name, rest) {
  const command = commands[name] ?? (name.endsWith(".ts") ? [name] : undefined);
  if (command === undefined) {
    process.stderr.write(`There is no command "${name}". There are: ${Object.keys(commands).join(", ")}.\n`);
    process.exit(2);
  }
  const pinned = join(bin, process.platform === "win32" ? "node.exe" : "node");
  const node = existsSync(pinned) ? pinned : process.execPath;
  if (node === process.execPath && !isNewEnough(process.versions.node)) {
    process.stderr.write(
      `The project's own Node is not in node_modules (no package for ${process.platform}-${process.arch}?), and ${process.versions.node} is too old: install Node 22.18 or newer.\n`,
    );
    process.exit(1);
  }
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ""}` };
  const [file, ...args] = command;
  const child = spawn(
    node,
    ["--conditions=menagerie-source", join(file.startsWith(root) ? "" : root, file), ...args.map(inRoot), ...rest],
    { stdio: "inherit", env, cwd: name === "zoo" ? process.cwd() : root },
  );
  let isAskedToEnd = false;
  const end = (signal) => {
    isAskedToEnd = true;
    child.kill(signal);
  };
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => end(signal));
  // Twice would be in haste: what is under way could not end.
  whenNpmLeaves(() => isAskedToEnd || end("SIGTERM"));
  child.on("exit", (code, signal) => process.exit(signal === null ? (code ?? 1) : 1));
}

/** npm hands SIGTERM on to its shell alone, which ends of it: what that had started would stay, and keep its port. */
function whenNpmLeaves(then) {
  // Without npm it may be meant to outlive whoever started it.
  if (process.env.npm_lifecycle_event === undefined || process.platform === "win32") return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    then();
  }, 250);
}

function inRoot(argument) {
  return argument.includes("/") ? join(root, argument) : argument;
}

function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 22 || (major === 22 && minor >= 18);
}
