/** What is asked by `zoo`, and what it refuses. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { check } from "./check.mjs";

const bin = join("node_modules", "@menagerie", "cli", "dist", "main.js");

function zoo(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], { encoding: "utf8" });
  return { status, stdout, stderr };
}

function ask(...args) {
  const { status, stdout, stderr } = zoo("run", ...args, "--json");
  if (status !== 0) throw new Error(`zoo run ${args.join(" ")} ended with ${status}: ${stdout} ${stderr}`);
  return JSON.parse(stdout).output;
}

const messages = '[{"role":"user","content":"sorry, bad"}]';
check("zoo run: a conversation", ask("mood", "--input", `{"messages":${messages}}`).labels[0].label === "sad");
zoo("run", "mirror", "#0000ff", "-o", "painted.png");
check("zoo run: a picture that is written", readFileSync("painted.png").subarray(1, 4).toString() === "PNG");
check("zoo run: an engine of its own", ask("beads", "picture.png").score > 0);
check("zoo run: a model without code", ask("tiny-weather", "picture.png").labels.length === 5);
const { models } = JSON.parse(zoo("ls", "--json").stdout);
check(
  "zoo ls: every model",
  ["beads", "loudness", "mirror", "mood", "tiny-weather"].every((name) => models.some(({ model }) => model === name)),
  models,
);

/** A plugin with one thing wrong, beside those that are right. */
function refusedPlugin(what, words, change) {
  const folder = "broken";
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ name: "broken", dependencies: { "outside-classify-text": "*", other: "*" } }),
  );
  for (const name of ["outside-classify-text", "other"])
    cpSync(join("node_modules", "outside-classify-text"), join(folder, "node_modules", name), {
      recursive: true,
      dereference: true,
    });
  const other = join(folder, "node_modules", "other");
  const edit = (file, from, to) => {
    const path = join(other, file);
    const text = readFileSync(path, "utf8");
    if (!text.includes(from)) throw new Error(`${path} has no ${from}`);
    writeFileSync(path, text.replaceAll(from, to));
  };
  edit("package.json", '"outside-classify-text"', '"other"');
  edit("models/mood.yaml", "model_name: mood", "model_name: other");
  change(edit);
  const { stdout, stderr } = zoo("ls", "--app", folder);
  check(`${what} is refused by name`, words.test(stdout + stderr), stdout + stderr);
}

refusedPlugin("a misspelt keyword of a schema", /additionalPropertys.*additionalProperties/s, (edit) =>
  edit("tasks/classify-text.yaml", "additionalProperties:", "additionalPropertys:"),
);
refusedPlugin("another task of a name that is taken", /Two different tasks are called "classify-text"/, (edit) =>
  edit("tasks/classify-text.yaml", "summary: Which", "summary: What"),
);
refusedPlugin("an engine that nobody has", /"?engine"?.*abacuss|abacuss.*engine/s, (edit) =>
  edit("models/mood.yaml", "engine: js", "engine: abacuss"),
);
