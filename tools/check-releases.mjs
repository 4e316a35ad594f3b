/** Refuses a release in which the contract takes a major step and a package that is built on it does not. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const contract = "@menagerie/core";

const steps = new Map();
for (const file of readdirSync(join(root, ".changeset"))) {
  if (!file.endsWith(".md") || file === "README.md") continue;
  const [, front = ""] = readFileSync(join(root, ".changeset", file), "utf8").split("---");
  for (const [, name, step] of front.matchAll(/^\s*["']?([^"':]+)["']?\s*:\s*(major|minor|patch)\s*$/gm)) {
    steps.set(name, step === "major" || steps.get(name) === "major" ? "major" : step);
  }
}

const built = ["packages", "plugins"].flatMap((group) =>
  readdirSync(join(root, group))
    .map((folder) => JSON.parse(readFileSync(join(root, group, folder, "package.json"), "utf8")))
    .filter((json) => json.peerDependencies?.[contract] !== undefined)
    .map((json) => json.name),
);
const missing = steps.get(contract) === "major" ? built.filter((name) => steps.get(name) !== "major") : [];
if (missing.length > 0) {
  process.stderr.write(`${contract} takes a major step; so must ${missing.join(", ")}: their peer range changes.\n`);
  process.exitCode = 1;
} else
  process.stdout.write(`${steps.size} releases are written, ${built.length} packages are built on the contract.\n`);
