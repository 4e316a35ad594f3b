import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CommandLine } from "./command-line.ts";

let line: CommandLine;
beforeAll(async () => {
  line = await CommandLine.create();
});
afterAll(() => line.remove());

const requests = [0, 3000, 6000, 9000].map((time, i) => ({
  time,
  model: i % 2 === 0 ? "emoji-clip" : "demo-brisque",
  ms: 40,
}));

test("zoo plan --trace says what requests would do, for a person with a picture and for a machine as JSON", async () => {
  const file = join(line.folder, "trace.ndjson");
  await writeFile(file, requests.map((request) => JSON.stringify(request)).join("\n"));
  const person = await line.run("plan", "--trace", file, "--budget", "cpu=16GB");
  expect([person.code, person.err]).toEqual([0, ""]);
  expect(person.out).toMatch(/^all +4 +0 +2 /m);
  expect(person.out).toMatch(/^emoji-clip +[+░▒▓]+█+$/m);
  const machine = await line.run("plan", "emoji-clip", "--trace", file, "--json");
  const { models, forecast } = JSON.parse(machine.out) as {
    models: readonly unknown[];
    forecast: { total: { requests: number; loads: number } };
  };
  expect(models).toHaveLength(1);
  expect(forecast.total).toMatchObject({ requests: 4, loads: 2 });
});

test("zoo plan counts with a device that the machine does not have", async () => {
  const { out } = await line.run("plan", "emoji-clip", "--budget", "cpu=4GB,cuda:7=24GB");
  expect(out).toMatch(/^cuda:7: .* of 24\.0 GB$/m);
});

test("zoo plan says what a model shares a runner with", async () => {
  const file = join(line.folder, "grouped.yaml");
  const models = ["emoji-clip", "demo-brisque"].map((model) => ({ model, group: "small" }));
  await writeFile(file, JSON.stringify({ models }));
  const { out } = await line.run("plan", "emoji-clip", "--zoo", file, "--budget", "cpu=4GB");
  expect(out).toMatch(/^NAME +WITH +DEVICE/m);
  expect(out).toMatch(/^emoji-clip +group:small +cpu .* fits$/m);
});

test("zoo plan refuses nothing to plan, and a trace that cannot be read, with what to do", async () => {
  const nothing = await line.run("plan");
  expect([nothing.code, nothing.err]).toEqual([2, expect.stringContaining("name models, or a trace")]);
  const file = join(line.folder, "broken.ndjson");
  await writeFile(file, '{"time":0,"model":"emoji-clip"}\n{"model":"emoji-clip"}\n');
  const broken = await line.run("plan", "--trace", file);
  expect([broken.code, broken.err]).toEqual([1, expect.stringContaining("line 2")]);
  await writeFile(file, '{"time":0,"model":"nobody"}');
  expect((await line.run("plan", "--trace", file)).err).toContain("model_not_found");
});
