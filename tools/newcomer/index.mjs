/**
 * What somebody does who has nothing yet: three commands in an empty folder, an answer. The packages are installed as they would be
 * published, and the weights come from a hub on this machine. The packages must have been built.
 */
import { spawn } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { HubInABox } from "@menagerie/pull/hub-in-a-box";
import { packPackages } from "../outside/pack-packages.mjs";
import { writeClipGraphs } from "./clip-graphs.ts";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const place = mkdtempSync(join(tmpdir(), "menagerie-newcomer-"));
const app = join(place, "app");
const fixture = join(root, "plugins/clip/fixtures");
let hub;
try {
  const tarballs = packPackages(place);
  const repository = join(place, "repository");
  cpSync(join(fixture, "square"), repository, { recursive: true });
  await writeClipGraphs(join(repository, "onnx"));
  hub = await HubInABox.start({ "Xenova/clip-vit-base-patch32": { folder: repository, licence: "mit" } });
  mkdirSync(app);
  const asked = ["@menagerie/cli", "@menagerie/plugin-clip"];
  const others = Object.entries(tarballs).filter(([name]) => !asked.includes(name));
  // In the place of a registry that does not have these versions yet.
  const overrides = Object.fromEntries(others.map(([name, file]) => [name, `file:${file}`]));
  writeFileSync(
    join(app, "package.json"),
    JSON.stringify({ name: "app", private: true, overrides, allowScripts: { "onnxruntime-node": false } }),
  );
  copyFileSync(join(fixture, "pictures/wide.jpg"), join(app, "photo.jpg"));

  await run("npm", ["install", ...asked.map((name) => tarballs[name]), "--no-audit", "--no-fund", "--loglevel=error"]);
  process.stdout.write("  installed\n");
  const pulled = await zoo("pull", "clip-vit-b32");
  const line = /zoo run clip-vit-b32 photo\.jpg --labels 'a cat,a dog'/.exec(pulled)?.[0];
  check("a model is pulled, and the line that asks it is printed", line !== undefined);
  const answer = JSON.parse(await zoo("run", "clip-vit-b32", "photo.jpg", "--labels", "a cat,a dog", "--json"));
  check("it answers", answer.output.per_image[0].matches.length === 2);
  const lock = JSON.parse(readFileSync(join(app, "zoo.lock"), "utf8"));
  check(
    "what it answered with is pinned",
    lock.models[0].origin.revision === hub.shaOf("Xenova/clip-vit-base-patch32"),
  );
  const before = hub.requests.length;
  await zoo("run", "clip-vit-b32", "photo.jpg", "--labels", "a cat,a dog");
  check("asking fetches nothing", hub.requests.length === before);
  process.stdout.write("Three commands, an answer.\n");
} finally {
  await hub?.[Symbol.asyncDispose]();
  rmSync(place, { recursive: true, force: true });
}

function zoo(...args) {
  return run(process.execPath, [join(app, "node_modules/@menagerie/cli/dist/main.js"), ...args]);
}

/** The hub answers from this very process, so it must not stand still meanwhile. */
function run(command, args) {
  const env = {
    ...process.env,
    ONNXRUNTIME_NODE_INSTALL: "skip",
    NO_COLOR: "1",
    FORCE_COLOR: "0",
    MENAGERIE_CACHE: join(place, "cache"),
    DP_MODELS_ROOT: join(place, "models"),
    HF_ENDPOINT: hub.address,
    HF_HOME: join(place, "hf"),
  };
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: app, env, shell: process.platform === "win32" });
    let [out, err] = ["", ""];
    child.stdout.on("data", (data) => {
      out += data;
    });
    child.stderr.on("data", (data) => {
      err += data;
    });
    child.once("error", reject);
    child.once("close", (status) =>
      status === 0
        ? resolve(out)
        : reject(new Error(`${command} ${args.join(" ")} ended with ${status}\n${out}\n${err}`)),
    );
  });
}

function check(what, holds) {
  if (!holds) throw new Error(`Does not hold: ${what}`);
  process.stdout.write(`  ${what}\n`);
}
