import { spawnSync } from "node:child_process";
import { access, chmod } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { freePort, PatientApplication, type ZooProcess } from "./zoo-process.ts";

// Each of these starts processes, which take their time on a machine that does other things as well.
vi.setConfig({ testTimeout: 90_000 });

let app: PatientApplication;
beforeAll(async () => {
  app = await PatientApplication.create();
});
afterAll(() => app[Symbol.asyncDispose]());

const waiting = { timeout: 45_000, interval: 20 };

async function status(port: number, path: string): Promise<number> {
  return (await fetch(`http://127.0.0.1:${port}${path}`)).status;
}

/** Asks for an answer that takes n times 100 ms. */
async function ask(port: number, n: number): Promise<number | string> {
  const answer = fetch(`http://127.0.0.1:${port}/v1/tasks/score-image`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "quick", input: { image: Buffer.alloc(n, 1).toString("base64") } }),
  });
  return answer.then(
    (response) => response.status,
    () => "connection lost",
  );
}

async function served(port: number, ...flags: string[]): Promise<ZooProcess> {
  const zoo = app.zoo(["serve", "--port", String(port), ...flags]);
  await vi.waitFor(async () => expect(await status(port, "/readyz")).toBe(200), waiting);
  return zoo;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe.each(["SIGTERM", "SIGINT"] as const)("a zoo that gets %s", (signal) => {
  test("while models are warmed says a word and ends with 0, its runners with it", async () => {
    const port = await freePort();
    const zoo = app.zoo(["serve", "warming.yaml", "--port", String(port)]);
    await vi.waitFor(async () => expect(await status(port, "/livez")).toBe(200), waiting);
    await vi.waitFor(async () => expect(await zoo.children()).not.toEqual([]), waiting);
    const runners = await zoo.children();
    zoo.child.kill(signal);
    expect(await zoo.ended).toEqual({ code: 0, signal: null });
    expect(zoo.err).toBe("Stopping: requests under way are answered first. Interrupt again to stop at once.\n");
    await vi.waitFor(() => expect(runners.filter(isAlive)).toEqual([]), waiting);
  });

  test("a second time ends at once with its exit code, its runners with it", async () => {
    const port = await freePort();
    const zoo = await served(port);
    const answer = ask(port, 100);
    await vi.waitFor(async () => expect(await zoo.children()).not.toEqual([]), waiting);
    const runners = await zoo.children();
    zoo.child.kill(signal);
    await vi.waitFor(() => expect(zoo.err).toContain("Stopping"), waiting);
    zoo.child.kill(signal);
    expect(await zoo.ended).toEqual({ code: signal === "SIGINT" ? 130 : 143, signal: null });
    expect(await answer).toBe("connection lost");
    await vi.waitFor(() => expect(runners.filter(isAlive)).toEqual([]), waiting);
  });
});

test("a zoo that gets SIGTERM before it listens says a word and ends with 0", async () => {
  // Asked which devices there are, the driver's tool takes its time.
  await app.write("bin/nvidia-smi", `#!/bin/sh\ntouch "${app.dir}/asked"\nexec sleep 60\n`);
  await chmod(`${app.dir}/bin/nvidia-smi`, 0o755);
  const zoo = app.zoo(["serve", "--port", "0"], { PATH: `${app.dir}/bin:${process.env.PATH}` });
  await vi.waitFor(() => access(`${app.dir}/asked`), waiting);
  const children = await zoo.children();
  const started = Date.now();
  zoo.child.kill("SIGTERM");
  expect(await zoo.ended).toEqual({ code: 0, signal: null });
  expect([zoo.err, children.length]).toEqual(["Stopping.\n", 1]);
  expect(Date.now() - started).toBeLessThan(5000);
  await vi.waitFor(() => expect(children.filter(isAlive)).toEqual([]), waiting);
});

const canUnshare = spawnSync("unshare", ["--pid", "--fork", "true"]).status === 0;

test.skipIf(!canUnshare)(
  "as the first process of a container, which signals end only by handlers, it ends as well",
  async () => {
    const inner = async (zoo: ZooProcess): Promise<number> => {
      await vi.waitFor(async () => expect(await zoo.children()).toHaveLength(1), waiting);
      return (await zoo.children())[0] ?? 0;
    };
    const port = await freePort();
    const container = ["unshare", "--pid", "--fork", "--kill-child"];
    const zoo = app.zoo(["serve", "warming.yaml", "--port", String(port)], {}, container);
    await vi.waitFor(async () => expect(await status(port, "/livez")).toBe(200), waiting);
    process.kill(await inner(zoo), "SIGTERM");
    expect((await zoo.ended).code).toBe(0);
    await app.write("picture.png", "x");
    const asked = app.zoo(["run", "slow", "picture.png"], {}, container);
    const pid = await inner(asked);
    await vi.waitFor(async () => expect(await asked.children(pid)).not.toEqual([]), waiting);
    process.kill(pid, "SIGINT");
    expect((await asked.ended).code).toBe(130);
  },
);

test("after SIGTERM it is not ready but answers, then answers what is under way, then is gone", async () => {
  const port = await freePort();
  const zoo = await served(port, "--shutdown-delay-s", "2");
  zoo.child.kill("SIGTERM");
  await vi.waitFor(async () => expect(await status(port, "/readyz")).toBe(503), waiting);
  expect(await status(port, "/livez")).toBe(200);
  expect(await ask(port, 1)).toBe(200);
  const underWay = ask(port, 30);
  expect(await underWay).toBe(200);
  expect(await zoo.ended).toEqual({ code: 0, signal: null });
  expect(await ask(port, 1)).toBe("connection lost");
});

test("SIGINT waits for no load balancer", async () => {
  const zoo = await served(await freePort(), "--shutdown-delay-s", "600");
  zoo.child.kill("SIGINT");
  expect(await zoo.ended).toEqual({ code: 0, signal: null });
});

test("requests under way are answered for as long as the drain allows and no longer", async () => {
  const port = await freePort();
  const zoo = await served(port, "--drain-s", "1");
  const [short, long] = [ask(port, 3), ask(port, 250)];
  await vi.waitFor(
    async () =>
      expect(await (await fetch(`http://127.0.0.1:${port}/v1/models/quick`)).json()).toMatchObject({ leases: 2 }),
    waiting,
  );
  const started = Date.now();
  zoo.child.kill("SIGTERM");
  expect(await short).toBe(200);
  expect([503, 499, "connection lost"]).toContain(await long);
  expect(await zoo.ended).toEqual({ code: 0, signal: null });
  expect(Date.now() - started).toBeLessThan(10_000);
  expect(zoo.err).toContain("Requests are still under way after 1 s; they are ended now.");
});
