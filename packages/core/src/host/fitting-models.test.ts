import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createZoo } from "./create-zoo.ts";
import { scriptedPlugin, TemporaryApplication } from "./temporary-application.ts";

const answering = `tasks = { "score-image": () => ({ score: 1, best: 0, worst: 100 }) }; async open() { return {}; }`;

/** A plugin that adopts folders with a certain file. */
function adopting(name: string, model: string, file: string): Record<string, string> {
  const files = scriptedPlugin(name, model, answering);
  const adopter = `adopt: { scripted: async (folder) => {
    const artifact = await folder.artifact("weights", await folder.first([${JSON.stringify(file)}]));
    return { spec: { local_artifacts: [artifact] }, findings: [artifact.sha256 === undefined ? "no digest" : "a digest"] };
  } }, loaders:`;
  return { ...files, "index.js": files["index.js"]?.replace("loaders:", adopter) ?? "" };
}

test("a folder is read as every family, and each that fits it is proposed, each other with its reason", async () => {
  await using app = await TemporaryApplication.create({
    "plugin-a": adopting("plugin-a", "a", "a.bin"),
    "plugin-b": adopting("plugin-b", "b", "weights.bin"),
    "plugin-c": scriptedPlugin("plugin-c", "c", answering),
  });
  await writeFile(join(app.dir, "weights.bin"), "weights");
  await using zoo = await createZoo({ appDir: app.dir, spec: { runner: "inline" } });
  const { fitting, refused } = await zoo.fitting(app.dir);
  // Nothing is hashed for a trial.
  expect(fitting).toMatchObject([{ like: "b", plugin: "plugin-b", findings: ["no digest"] }]);
  expect(refused.map(({ like, reason }) => [like, reason.message])).toEqual([
    ["a", expect.stringContaining("a.bin: is missing")],
    ["c", expect.stringContaining("plugin-c cannot adopt")],
  ]);
  expect((await zoo.adopt(app.dir, "b")).findings).toEqual(["a digest"]);
});

test("a choice that a family does not follow is refused, and not left out in silence", async () => {
  await using app = await TemporaryApplication.create({ "plugin-b": adopting("plugin-b", "b", "weights.bin") });
  await writeFile(join(app.dir, "weights.bin"), "weights");
  await using zoo = await createZoo({ appDir: app.dir, spec: { runner: "inline" } });
  await expect(zoo.adopt(app.dir, "b", { graph: "other.onnx" })).rejects.toThrow(
    /and not by other\.onnx\. Leave --file out/,
  );
  await expect(zoo.adopt(app.dir, "b", { labels: ["cat"] })).rejects.toThrow(/Leave --labels out/);
  await expect(zoo.adopt(app.dir, "b", { size: [224, 224] })).rejects.toThrow(
    /which is not 224 x 224\. Leave --size out/,
  );
  await expect(zoo.adopt(app.dir, "b", { precision: "q4" })).rejects.toThrow(/was asked for in q4/);
});
