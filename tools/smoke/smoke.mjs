/**
 * Installs the packages as they would be published into an empty application, and does the main job there. The packages
 * must have been built.
 */
import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { packPackages } from "../outside/pack-packages.mjs";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const app = mkdtempSync(join(tmpdir(), "menagerie-smoke-"));
const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: "skip", MENAGERIE_CACHE: join(app, "cache") };
try {
  const tarballs = pack();
  writeFileSync(
    join(app, "package.json"),
    JSON.stringify({ name: "app", private: true, dependencies: tarballs, allowScripts: { "onnxruntime-node": false } }),
  );
  run("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error"]);
  const picture = join(app, "picture.png");
  copyFileSync(join(root, "packages/demo/artifacts/emoji-clip/golden/pizza.png"), picture);

  check(
    "version",
    zoo("--version").trim() === JSON.parse(readFileSync(join(root, "packages/cli/package.json"))).version,
  );
  const models = JSON.parse(zoo("ls", "--json")).models.map((model) => model.model);
  check(
    "models",
    ["brisque-quality", "clip-vit-b32", "clip-vit-l", "demo-brisque", "emoji-clip"].every((name) =>
      models.includes(name),
    ),
  );
  const named = JSON.parse(zoo("run", "emoji-clip", picture, "--json"));
  check("the pizza is named", named.output.per_image[0].matches[0].label === "slice of pizza");
  check("the answer is signed", /^sha256:[0-9a-f]{64}$/.test(named.model_signature));
  check("quality", JSON.parse(zoo("run", "demo-brisque", picture, "--json")).output.worst === 100);
  zoo("run", "demo-brisque", picture, "--draw", join(app, "judged.png"));
  check("the answer is drawn", readFileSync(join(app, "judged.png")).subarray(1, 4).toString() === "PNG");
  await serve(picture);
  process.stdout.write("The packages work as they would be published.\n");
} finally {
  rmSync(app, { recursive: true, force: true });
}

/** Packs every package into the application. Returns its dependencies. */
function pack() {
  return Object.fromEntries(Object.entries(packPackages(app)).map(([name, file]) => [name, `file:${file}`]));
}

async function serve(picture) {
  const bin = join(app, "node_modules/@menagerie/cli/dist/main.js");
  const spec = join(app, "node_modules/@menagerie/demo/zoo.yaml");
  const server = spawn(process.execPath, [bin, "serve", spec, "--port", "0", "--json"], {
    cwd: app,
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => server.once("exit", resolve));
  const line = await new Promise((resolve, reject) => {
    server.stdout.once("data", (data) => resolve(data.toString()));
    server.once("exit", () => reject(new Error("zoo serve ended before it was ready")));
  });
  const { address } = JSON.parse(line);
  check("live", (await fetch(`${address}/v2/health/live`)).ok && (await fetch(`${address}/v2/health/ready`)).ok);
  const body = new FormData();
  body.set("model", "demo-brisque");
  body.set("image", new Blob([readFileSync(picture)]), "picture.png");
  const response = await fetch(`${address}/v1/tasks/score-image`, { method: "POST", body });
  check("an answer over HTTP", response.ok && typeof (await response.json()).output.score === "number");
  server.kill("SIGTERM");
  check("it stops when asked", (await ended) === 0);
}

function zoo(...args) {
  return run(process.execPath, [join(app, "node_modules/@menagerie/cli/dist/main.js"), ...args]);
}

function run(command, args, cwd = app) {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    env,
    encoding: "utf8",
    maxBuffer: 64e6,
    shell: process.platform === "win32",
  });
  if (status === 0) return stdout;
  throw new Error(`${command} ${args.join(" ")} ended with ${status}\n${stdout}\n${stderr}`);
}

function check(what, holds) {
  if (!holds) throw new Error(`Does not hold: ${what}`);
  process.stdout.write(`  ${what}\n`);
}
