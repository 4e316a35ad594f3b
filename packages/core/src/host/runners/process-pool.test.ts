import { readdir, readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { logTo } from "../../contract/log.ts";
import type { ModelError } from "../../contract/model-error.ts";
import { createZoo } from "../create-zoo.ts";
import type { LocalZoo, ZooEvent } from "../local-zoo.ts";
import { scriptedPlugin, TemporaryApplication } from "../temporary-application.ts";

/** The first byte of the picture says what the model is to do. */
const acts = {
  answer: 1,
  exit: 2,
  block: 3,
  connect: 4,
  fetch: 5,
  lookup: 6,
  allocate: 7,
  fail: 8,
  wait: 9,
  environment: 10,
  write: 11,
} as const;
const body = `
  tasks = { "score-image": async (opened, { image }, { signal }) => {
    const score = (n) => ({ score: n, best: 0, worst: 1e12 });
    switch (image[0]) {
      case 2: process.exit(7);
      case 3: for (;;) { if (Date.now() > (this.until ??= Date.now() + 60000)) return score(0); }
      case 4: { const net = await import("node:net"); await new Promise((_, reject) => net.connect({ host: "127.0.0.1", port: 9 }).on("error", reject)); }
      case 5: await fetch("http://127.0.0.1:9/");
      case 6: { const dns = await import("node:dns"); await dns.promises.lookup("localhost"); }
      case 7: { const held = []; for (;;) held.push(new Uint8Array(16e6).fill(1)); }
      case 8: throw new Error("the graph did not like it");
      case 9: await new Promise((resolve) => { signal.addEventListener("abort", resolve); setTimeout(resolve, 10000); }); return score(signal.aborted ? 1 : 0);
      case 10: return score(process.env.MENAGERIE_TEST_SECRET === undefined ? 0 : 1);
      case 11: { const fs = await import("node:fs"); fs.writeFileSync("/tmp/menagerie-must-not-exist", "x"); }
    }
    let sum = 0;
    for (let i = 0; i < image.length; i += 4096) sum += image[i];
    return score(sum + image.length);
  } };
  async open() { return {}; }
`;

async function application(spec: Record<string, unknown> = {}): Promise<TemporaryApplication> {
  return TemporaryApplication.create({ "plugin-a": scriptedPlugin("plugin-a", "a", body, spec) });
}

const ask = (zoo: LocalZoo, act: keyof typeof acts, options = {}, bytes = 1) => {
  const image = new Uint8Array(bytes);
  image[0] = acts[act];
  return zoo.run("a", "score-image", { image }, options);
};

function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "no error",
    (error: ModelError) => error.code,
  );
}

describe("a runner process", () => {
  test("answers from a process of its own, which is gone after unload", async () => {
    await using app = await application();
    await using zoo = await createZoo({ appDir: app.dir, cacheDir: `${app.dir}/cache` });
    expect((await ask(zoo, "answer")).output).toMatchObject({ score: 2 });
    const { pid, measured_bytes } = zoo.status().models[0] ?? {};
    expect(pid).toBeGreaterThan(0);
    expect(pid).not.toBe(process.pid);
    expect(measured_bytes).toBeGreaterThan(5e6);
    await zoo.unload("a");
    expect(() => process.kill(pid ?? 0, 0)).toThrow("ESRCH");
    expect(zoo.status().devices.find((device) => device.device === "cpu")?.reserved_bytes).toBe(0);
  });

  test("that logs more than can be sent keeps its memory, and says how many entries are left out", async () => {
    const talkative = `
      tasks = { "score-image": ({ log }) => {
        const before = process.memoryUsage.rss();
        for (let i = 0; i < 50000; i++) log.info("said again and again", { i, text: "x".repeat(2000) });
        return { score: process.memoryUsage.rss() - before, best: 0, worst: 1e12 };
      } };
      async open({ log }) { return { log }; }
    `;
    await using app = await TemporaryApplication.create({ "plugin-a": scriptedPlugin("plugin-a", "a", talkative) });
    let heard = 0;
    let untold = 0;
    const log = logTo((_, message, { entries }) => {
      if (message === "said again and again") heard += 1;
      if (typeof entries === "number") untold += entries;
    });
    await using zoo = await createZoo({ appDir: app.dir, cacheDir: `${app.dir}/cache`, log });
    const { output } = await zoo.run("a", "score-image", { image: new Uint8Array(1) });
    expect(output.score).toBeLessThan(60e6);
    await expect.poll(() => heard + untold).toBe(50_000);
    expect(heard).toBeGreaterThan(500);
  });

  test("takes 60 MB of input through shared memory unchanged, and leaves no file behind", async () => {
    await using app = await application();
    await using zoo = await createZoo({ appDir: app.dir, cacheDir: `${app.dir}/cache` });
    expect((await ask(zoo, "answer", {}, 60e6)).output).toMatchObject({ score: 1 + 60e6 });
    const left = (await readdir("/dev/shm").catch(() => [])).filter((file) => file.startsWith("menagerie-"));
    expect(left).toEqual([]);
  });

  test("reports a loader's own fault and lives on", async () => {
    await using app = await application();
    await using zoo = await createZoo({ appDir: app.dir, cacheDir: `${app.dir}/cache` });
    await ask(zoo, "answer");
    const { pid } = zoo.status().models[0] ?? {};
    await expect(ask(zoo, "fail")).rejects.toMatchObject({
      message: "The loader of a failed in score-image: the graph did not like it",
    });
    await ask(zoo, "answer");
    expect(zoo.status().models[0]?.pid).toBe(pid);
  });

  test("does not inherit the service's secrets", async () => {
    await using app = await application();
    process.env.MENAGERIE_TEST_SECRET = "hush";
    await using zoo = await createZoo({ appDir: app.dir, cacheDir: `${app.dir}/cache` });
    expect((await ask(zoo, "environment")).output).toMatchObject({ score: 0 });
  });

  test("reaches no network, by whatever call, and writes no file outside the cache", async () => {
    await using app = await application();
    await using zoo = await createZoo({ appDir: app.dir, cacheDir: `${app.dir}/cache` });
    expect(await codeOf(ask(zoo, "connect"))).toBe("network_forbidden");
    await expect(ask(zoo, "fetch")).rejects.toThrow();
    expect(await codeOf(ask(zoo, "lookup"))).toBe("network_forbidden");
    await expect(ask(zoo, "write")).rejects.toThrow(/permission|restricted/i);
  });
});

describe("when a runner ends under a request", () => {
  test("by kill -9, the caller gets its answer late, from a fresh process, and the log says why", async () => {
    await using app = await application();
    const lines: string[] = [];
    const log = logTo(
      (level, message, fields) => level === "warn" && lines.push(`${message} ${JSON.stringify(fields)}`),
    );
    await using zoo = await createZoo({ appDir: app.dir, cacheDir: `${app.dir}/cache`, log });
    await ask(zoo, "answer");
    const { pid } = zoo.status().models[0] ?? {};
    const slow = zoo.run("a", "score-image", { image: new Uint8Array(40e6).fill(1) });
    expect(pid).toBeGreaterThan(0);
    process.kill(pid as number, "SIGKILL");
    expect((await slow).output).toMatchObject({ score: 40e6 + Math.ceil(40e6 / 4096) });
    expect(zoo.status().models[0]?.pid).not.toBe(pid);
    expect(lines.join()).toContain("SIGKILL");
  });

  test("twice by the same input, that input is refused from then on and others are answered", async () => {
    await using app = await application();
    await using zoo = await createZoo({ appDir: app.dir, cacheDir: `${app.dir}/cache` });
    const events: ZooEvent[] = [];
    zoo.onEvent((event) => events.push(event));
    const [deadly, harmless] = await Promise.all([codeOf(ask(zoo, "exit")), ask(zoo, "answer")]);
    expect(deadly).toBe("input_kills_runner");
    expect(harmless.output).toMatchObject({ score: 2 });
    expect(events.filter((event) => event.type === "crashed")).toHaveLength(2);
    expect(await codeOf(ask(zoo, "exit"))).toBe("input_kills_runner");
    expect(events.filter((event) => event.type === "crashed")).toHaveLength(2);
  });

  test("at its deadline, the caller is told, and the next request is answered by a fresh process", async () => {
    await using app = await application();
    await using zoo = await createZoo({ appDir: app.dir, cacheDir: `${app.dir}/cache` });
    await ask(zoo, "answer");
    const { pid } = zoo.status().models[0] ?? {};
    expect(await codeOf(ask(zoo, "block", { deadlineMs: 200 }))).toBe("deadline_exceeded");
    expect((await ask(zoo, "answer")).output).toMatchObject({ score: 2 });
    expect(zoo.status().models[0]?.pid).not.toBe(pid);
  });

  test("a caller that leaves is let go at once and the process stays", async () => {
    await using app = await application();
    await using zoo = await createZoo({ appDir: app.dir, cacheDir: `${app.dir}/cache` });
    await ask(zoo, "answer");
    const { pid } = zoo.status().models[0] ?? {};
    expect(await codeOf(ask(zoo, "wait", { signal: AbortSignal.timeout(50) }))).toBe("cancelled");
    expect((await ask(zoo, "answer")).output).toMatchObject({ score: 2 });
    expect(zoo.status().models[0]?.pid).toBe(pid);
  });

  test("memory beyond the cap ends the request with a code, and other models live", async () => {
    await using app = await application();
    await using zoo = await createZoo({
      appDir: app.dir,
      cacheDir: `${app.dir}/cache`,
      spec: { memory_mb: { cpu: 300 } },
    });
    expect(await codeOf(ask(zoo, "allocate"))).toBe("insufficient_memory");
    expect((await ask(zoo, "answer")).output).toMatchObject({ score: 2 });
  });
});

test("a host that ends takes its runners with it", async () => {
  await using app = await application();
  const script = await app.write(
    "host.mjs",
    `
    import { createZoo } from "@menagerie/core/host";
    const zoo = await createZoo({ appDir: ${JSON.stringify(app.dir)}, cacheDir: ${JSON.stringify(`${app.dir}/cache`)} });
    await zoo.load("a");
    process.stdout.write(zoo.status().models[0].pid + "\\n");
    setInterval(() => {}, 1000);
  `,
  );
  const { spawn } = await import("node:child_process");
  const host = spawn(process.execPath, ["--conditions=menagerie-source", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const pid = await new Promise<number>((resolve) =>
    host.stdout.once("data", (data: Buffer) => resolve(Number(data.toString()))),
  );
  expect(await readFile(`/proc/${pid}/cmdline`, "utf8")).toContain("runner");
  host.kill("SIGKILL");
  for (
    let i = 0;
    i < 100 &&
    (await readFile(`/proc/${pid}/stat`, "utf8").then(
      (stat) => !stat.includes(" Z "),
      () => false,
    ));
    i++
  ) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(
    await readFile(`/proc/${pid}/stat`, "utf8").then(
      (stat) => stat.includes(" Z "),
      () => true,
    ),
  ).toBe(true);
});
