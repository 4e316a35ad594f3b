import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Packs every package of this repository, built, as it would be published. @returns path of each tarball by npm name */
export function packPackages(into) {
  const folders = ["packages", "plugins"].flatMap((group) =>
    readdirSync(join(root, group)).map((folder) => join(root, group, folder)),
  );
  return packed(folders, into);
}

/** Packs the plugins that stand for a team's own, weights included. @returns as above */
export function packOutsidePlugins(into) {
  const copies = join(into, "sources");
  mkdirSync(copies, { recursive: true });
  cpSync(join(root, "tools/outside/plugins"), copies, { recursive: true });
  cpSync(
    join(root, "plugins/weather/fixtures/seed-1/onnx/model.onnx"),
    join(copies, "weather-in-yaml/weights/model.onnx"),
  );
  return packed(
    readdirSync(copies).map((folder) => join(copies, folder)),
    into,
  );
}

function packed(folders, into) {
  return Object.fromEntries(
    folders.map((folder) => {
      const { name, version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
      const { status, stderr } = spawnSync("npm", ["pack", "--pack-destination", into, "--loglevel=error"], {
        cwd: folder,
        encoding: "utf8",
        shell: process.platform === "win32",
      });
      if (status !== 0) throw new Error(`npm pack of ${name} ended with ${status}\n${stderr}`);
      return [name, join(into, `${name.replace("@", "").replace("/", "-")}-${version}.tgz`)];
    }),
  );
}
