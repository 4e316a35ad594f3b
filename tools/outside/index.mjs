/**
 * Does what a team outside does: installs the packages as they would be published into an empty folder, in each way that people
 * install, and adds models of its own there. The packages must have been built.
 *
 *     node tools/outside/index.mjs [npm] [npm-linked] [pnpm] [yarn]      default: all of them
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { installers } from "./installers.mjs";
import { packOutsidePlugins, packPackages } from "./pack-packages.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const place = mkdtempSync(join(tmpdir(), "menagerie-outside-"));
const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(installers);
/** Compilers that people have; the oldest is the oldest that knows what the declarations are written in. */
const compilers = {
  "ts-5.4": "npm:typescript@~5.4.5",
  "ts-5.9": "npm:typescript@~5.9.0",
  "ts-7": "npm:typescript@^7.0.2",
};

/** Yarn leaves out vitest's own peer, and refuses a registry that lacks an optional package of it for another system. */
const conforms = ["npm", "npm-linked", "pnpm"];

try {
  const own = packPackages(place);
  const outside = packOutsidePlugins(place);
  for (const way of wanted) {
    if (installers[way] === undefined)
      throw new Error(`There is no "${way}"; there are ${Object.keys(installers).join(", ")}.`);
    const started = Date.now();
    process.stdout.write(`${way}\n`);
    tryOut(way, own, outside);
    process.stdout.write(`  all of it, in ${Math.round((Date.now() - started) / 1000)} s\n`);
  }
  process.stdout.write("What a team outside adds works as it would be published.\n");
} finally {
  rmSync(place, { recursive: true, force: true });
}

function tryOut(way, own, outside) {
  const app = join(place, way);
  mkdirSync(app);
  cpSync(join(here, "application"), app, { recursive: true });
  cpSync(join(here, "../../packages/demo/artifacts/emoji-clip/golden/pizza.png"), join(app, "picture.png"));
  const tarballs = { ...own, ...outside };
  const files = (of) => Object.fromEntries(Object.entries(of).map(([name, file]) => [name, `file:${file}`]));
  writeFileSync(
    join(app, "package.json"),
    JSON.stringify({
      name: "outside",
      private: true,
      type: "module",
      dependencies: files(tarballs),
      devDependencies: {
        "@types/node": "^24.0.0",
        ...(conforms.includes(way) ? { vitest: "^5.1.1" } : {}),
        ...(way === "npm" ? compilers : {}),
      },
      resolutions: files(tarballs),
      allowScripts: { "onnxruntime-node": false, esbuild: false },
    }),
  );
  const env = {
    ...process.env,
    ONNXRUNTIME_NODE_INSTALL: "skip",
    MENAGERIE_CACHE: join(place, "cache"),
    NO_COLOR: "1",
    FORCE_COLOR: "0",
    CI: "true",
  };
  const run = (command, args) => {
    const { status, stdout, stderr } = spawnSync(command, args, {
      cwd: app,
      env,
      encoding: "utf8",
      maxBuffer: 64e6,
      shell: process.platform === "win32",
    });
    if (status !== 0)
      throw new Error(`${way}: ${command} ${args.join(" ")} ended with ${status}\n${stdout}\n${stderr}`);
    return stdout;
  };
  installers[way](run, app, tarballs);
  process.stdout.write("  installed\n");
  process.stdout.write(run(process.execPath, ["in-code.mjs"]));
  process.stdout.write(run(process.execPath, ["command-line.mjs"]));
  if (conforms.includes(way)) {
    run(process.execPath, [join("node_modules", "vitest", "vitest.mjs"), "run"]);
    process.stdout.write("  the plugins conform\n");
  }
  if (way !== "npm") return;
  for (const compiler of Object.keys(compilers)) {
    run(process.execPath, [join("node_modules", compiler, "bin", "tsc"), "-p", "."]);
    process.stdout.write(`  typed under ${compiler}\n`);
  }
}
