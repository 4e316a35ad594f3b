import { expect, test } from "vitest";
import { createZoo } from "../create-zoo.ts";
import type { ZooEvent } from "../local-zoo.ts";
import { scriptedPlugin, TemporaryApplication } from "../temporary-application.ts";

const body = `
  tasks = { "score-image": async (opened, { image }) => ({ score: 2 * image[0], best: 0, worst: 100 }) };
  async open() { return {}; }
`;

test("an idle runner that falls silent is ended, and a kept model is loaded again", async () => {
  await using app = await TemporaryApplication.create({ "plugin-a": scriptedPlugin("plugin-a", "a", body) });
  await using zoo = await createZoo({ appDir: app.dir, cacheDir: `${app.dir}/cache` });
  await zoo.load("a");
  const { pid = 0 } = zoo.status().models[0] ?? {};
  const crashed = new Promise<ZooEvent>((resolve) =>
    zoo.onEvent((event) => event.type === "crashed" && resolve(event)),
  );
  // A stopped process keeps its place and answers nothing, as one that hangs does.
  process.kill(pid, "SIGSTOP");
  expect(await crashed).toMatchObject({ reason: expect.stringContaining("did not answer a ping") });
  expect((await zoo.run("a", "score-image", { image: new Uint8Array([1]) })).output).toMatchObject({ score: 2 });
  expect(zoo.status().models[0]?.pid).not.toBe(pid);
});
