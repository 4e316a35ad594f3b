import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { freePort, PatientApplication, type ZooProcess } from "./zoo-process.ts";

async function ended(zoo: ZooProcess): Promise<ZooProcess & { readonly code: number | null }> {
  const { code } = await zoo.ended;
  return Object.assign(zoo, { code });
}

/** The same plugin, whose models answer at once: made pictures are large. */
const atOnce = `import { definePlugin, ModelLoaderBase } from "@menagerie/core/loader";
class Quick extends ModelLoaderBase {
  tasks = { "score-image": () => ({ score: 1, best: 0, worst: 1 }) };
  async open() {}
}
export default definePlugin({ name: "patient", loaders: { quick: Quick, slow: Quick, ears: Quick } });`;

test("a model is measured into the lock, checked against it, and reserved by it where it is served", async () => {
  await using app = await PatientApplication.create();
  await app.write("node_modules/patient/index.js", atOnce);
  const nothing = await ended(app.zoo(["calibrate", "quick", "--check", "--json"]));
  expect(nothing.code).toBe(1);
  expect(JSON.parse(nothing.out)).toMatchObject({ error: { code: "input_invalid" } });
  const written = await ended(app.zoo(["calibrate", "quick", "--json"]));
  expect([written.code, written.err]).toEqual([0, ""]);
  const measured = JSON.parse(written.out) as { resident_bytes: number; peak_bytes: number };
  expect(measured).toMatchObject({ model: "quick", device: "cpu", declared_bytes: 10e6 });
  expect(measured.peak_bytes).toBeGreaterThanOrEqual(measured.resident_bytes);
  const file = join(app.dir, "zoo.lock");
  const lock = JSON.parse(await readFile(file, "utf8")) as { memory: { peak_bytes: number }[] };
  expect(lock).toMatchObject({ menagerie_lock: 1, memory: [{ model: "quick", peak_bytes: measured.peak_bytes }] });
  expect((await ended(app.zoo(["calibrate", "quick", "--check"]))).code).toBe(0);

  const port = String(await freePort());
  const server = app.zoo(["serve", "--port", port, "--json"]);
  await new Promise((resolve) => server.child.stdout?.once("data", resolve));
  const { out } = await ended(app.zoo(["ps", "--url", `http://127.0.0.1:${port}`]));
  expect(out).toMatch(/^NAME +STATE +DEVICE +DECLARED +MEASURED +PEAK +LEASES +PRIORITY +IDLE +UNTIL +PID/);
  expect(out).toMatch(/^quick +ready +cpu +\d+ MB +\d+ MB +\d+ MB +0 +medium +- +kept +\d+$/m);
  const ps = await ended(app.zoo(["ps", "--json", "--url", `http://127.0.0.1:${port}`]));
  const { data } = JSON.parse(ps.out) as { data: { model: string; calibrated_bytes: number }[] };
  expect(data.find(({ model }) => model === "quick")?.calibrated_bytes).toBe(Math.ceil(measured.peak_bytes * 1.1));
  server.child.kill("SIGTERM");
  await server.ended;

  await app.write("zoo.lock", JSON.stringify({ ...lock, memory: [{ ...lock.memory[0], peak_bytes: 1e6 }] }));
  const drifted = await ended(app.zoo(["calibrate", "quick", "--check", "--json"]));
  expect(drifted.code).toBe(1);
  expect(JSON.parse(drifted.out)).toMatchObject({ ok: false, drift: [{ figure: "peak_bytes", locked: 1e6 }] });
}, 90_000);
