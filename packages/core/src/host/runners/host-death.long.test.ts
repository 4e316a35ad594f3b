import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { scriptedPlugin, TemporaryApplication } from "../temporary-application.ts";
import { systemIsolation } from "./isolation.ts";

/** A model that says when it begins, then works for a minute in a way that nothing in its own thread interrupts. */
const body = `
  tasks = { "score-image": async (opened, { image }) => {
    process.stderr.write("busy\\n");
    if (image[0] === 1) for (const until = Date.now() + 60000; Date.now() < until; );
    if (image[0] === 2) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60000);
    if (image[0] === 3) (await import("node:crypto")).pbkdf2Sync("a", "b", 200_000_000, 64, "sha512");
    if (image[0] === 4) await new Promise((resolve) => setTimeout(resolve, 60000));
    return { score: 0, best: 0, worst: 1 };
  } };
  async open() { return {}; }
`;
const acts = { "spins in JavaScript": 1, "waits in a native call": 2, "computes in a native call": 3, "is stopped": 4 };

/** Kills the host of a busy runner. @returns milliseconds until the runner was gone; at most 5000 are waited */
async function outlives(act: keyof typeof acts, isolation: "system" | "guard only"): Promise<number> {
  await using app = await TemporaryApplication.create();
  const plugin = scriptedPlugin("plugin-a", "a", body);
  for (const [file, text] of Object.entries(plugin)) await app.write(`node_modules/plugin-a/${file}`, text);
  await app.write("package.json", JSON.stringify({ name: "app", dependencies: { "plugin-a": "*" } }));
  const host = await startHost(app.dir, acts[act], isolation);
  try {
    const [pid] = (await once(host, "message")) as [number];
    await once(host, "message");
    await new Promise((resolve) => setTimeout(resolve, 100));
    if (act === "is stopped") process.kill(pid, "SIGSTOP");
    expect(await isAlive(pid)).toBe(true);
    host.kill("SIGKILL");
    const gone = await until(async () => !(await isAlive(pid)), 5000);
    if (await isAlive(pid)) process.kill(pid, "SIGKILL");
    return gone;
  } finally {
    host.kill("SIGKILL");
  }
}

async function startHost(dir: string, act: number, isolation: string): Promise<ChildProcess> {
  const source = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);
  const script = `
    const { createZoo } = await import(${source("../create-zoo.ts")});
    const { RunnerPoolToken } = await import(${source("../services.ts")});
    const { provide } = await import(${source("../../container/container.ts")});
    const { logTo } = await import(${source("../../contract/log.ts")});
    const { createProcessPool } = await import(${source("./process-pool.ts")});
    const { FormStore } = await import(${source("../../forms/form-store.ts")});
    const { guardOnly } = await import(${source("./isolation.ts")});
    const [dir, act, isolation] = process.argv.slice(2);
    const cacheDir = dir + "/cache";
    const { systemClock: clock } = await import(${source("../../time/clock.ts")});
    // What a runner writes to its standard error is heard as it begins.
    const log = logTo((_level, _message, { line }) => line === "busy" && process.send("busy"));
    const pool = () => createProcessPool({ forms: new FormStore({ cacheDir, log }), clock, log, spares: 0, ...(isolation === "system" ? {} : { isolation: guardOnly }) });
    const zoo = await createZoo({ appDir: dir, cacheDir, services: [provide(RunnerPoolToken, pool)] });
    const lease = await zoo.get("a");
    process.send(zoo.status().models[0].pid);
    await lease.run("score-image", { image: new Uint8Array([Number(act)]) });
  `;
  const file = `${dir}/host.mjs`;
  const { writeFile } = await import("node:fs/promises");
  await writeFile(file, script);
  return fork(file, [dir, String(act), isolation], {
    execArgv: ["--no-warnings", "--conditions=menagerie-source"],
    cwd: fileURLToPath(new URL("../../..", import.meta.url)),
  });
}

/** @returns milliseconds until it was so, or until the limit */
async function until(isSo: () => Promise<boolean>, limitMs: number): Promise<number> {
  const started = performance.now();
  while (performance.now() - started < limitMs && !(await isSo()))
    await new Promise((resolve) => setTimeout(resolve, 20));
  return performance.now() - started;
}

/** A process that has ended and that nobody has asked for stays in the table as a zombie. */
async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  return stat !== undefined && !/\) [ZX] /.test(stat);
}

describe.runIf(process.platform === "linux")("a runner whose host is killed is gone within a second", () => {
  test.each(Object.keys(acts) as (keyof typeof acts)[])("while it %s", async (act) => {
    // Only the kernel ends a process that is stopped.
    if (act === "is stopped" && (await systemIsolation()).hostDeath === "watcher") return;
    expect(await outlives(act, "system")).toBeLessThan(1000);
  });

  test.each(["spins in JavaScript", "waits in a native call", "computes in a native call"] as const)(
    "while it %s, where the kernel does not help",
    async (act) => {
      expect(await outlives(act, "guard only")).toBeLessThan(1000);
    },
  );
});
