import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import type { ModelError } from "../../contract/model-error.ts";
import { createZoo } from "../create-zoo.ts";
import { scriptedPlugin, TemporaryApplication } from "../temporary-application.ts";
import { systemIsolation } from "./isolation.ts";

const answer = "return { score: 0, best: 0, worst: 1 };";
const task = (run: string, open = ""): string =>
  `tasks = { "score-image": async (opened, input) => { ${run} ${answer} } }; async open() { ${open} return {}; }`;
const go = `await fetch("http://127.0.0.1:9/weights")`;
const wrapped = `try { ${go}; } catch (cause) { throw new Error("the weights could not be had", { cause }); }`;

/** What a caller of the plugin's model is told. @param prelude code at the top of the plugin's module */
async function toldOf(body: string, prelude = ""): Promise<Partial<ModelError>> {
  const plugin = scriptedPlugin("plugin-a", "a", body);
  plugin["index.js"] = prelude + plugin["index.js"];
  await using app = await TemporaryApplication.create({ "plugin-a": plugin });
  await using zoo = await createZoo({ appDir: app.dir, cacheDir: `${app.dir}/cache` });
  return await zoo.run("a", "score-image", { image: new Uint8Array(1) }).then(
    ({ output }) => ({ message: JSON.stringify(output) }),
    (error: ModelError) => error,
  );
}

describe("a plugin that tries to reach the network gets network_forbidden", () => {
  test.each([
    ["in a run", task(`${go};`), ""],
    ["in a run that wraps what it met", task(wrapped), ""],
    [
      "in a run that tried several ways at once",
      task(`await Promise.any([${go.slice(6)}, fetch("http://127.0.0.1:8/")]);`),
      "",
    ],
    ["while it loads", task("", `${go};`), ""],
    ["while it loads, wrapping what it met", task("", wrapped), ""],
    [
      "by a named import of a look-up",
      task(`lookup("models.example", () => {});`),
      'import { lookup } from "node:dns";\n',
    ],
    ["when it is imported", task(""), `${go};\n`],
    ["by a thread", task(`new Worker("1", { eval: true });`), 'import { Worker } from "node:worker_threads";\n'],
  ])("%s", async (_where, body, prelude) => {
    const told = await toldOf(body, prelude);
    expect(told).toMatchObject({ code: "network_forbidden" });
    expect(told.message).not.toMatch(/zoo pull/);
  });
});

test("an adopter that tries to reach the network gets network_forbidden", async () => {
  const plugin = scriptedPlugin("plugin-a", "a", task(""));
  const adopter = `adopt: { scripted: async () => { ${wrapped} } }, loaders:`;
  plugin["index.js"] = plugin["index.js"]?.replace("loaders:", adopter) ?? "";
  await using app = await TemporaryApplication.create({ "plugin-a": plugin });
  await using zoo = await createZoo({ appDir: app.dir, cacheDir: `${app.dir}/cache` });
  await expect(zoo.adopt(app.dir, "a")).rejects.toMatchObject({ code: "network_forbidden" });
});

test.runIf(process.platform === "linux")(
  "a runner has no interface but its own loopback where the kernel allows it",
  async () => {
    if ((await systemIsolation()).network === "guard") return;
    const count = `const { readFileSync } = await import("node:fs"); return { score: readFileSync("/proc/self/net/dev", "utf8").trim().split("\\n").length - 2, best: 0, worst: 9 };`;
    expect(await toldOf(task(count))).toMatchObject({ message: expect.stringContaining('"score":1') });
    expect((await readFile("/proc/self/net/dev", "utf8")).trim().split("\n").length).toBeGreaterThan(0);
  },
);
