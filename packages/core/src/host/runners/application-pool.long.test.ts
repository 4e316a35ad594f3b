import { describeRunnerPool } from "@menagerie/testing/runner-pool";
import { describe, expect, test } from "vitest";
import { provide } from "../../container/container.ts";
import { type Log, logTo } from "../../contract/log.ts";
import type { ModelError } from "../../contract/model-error.ts";
import { FormStore } from "../../forms/form-store.ts";
import type { LoadOptions, LoadRequest, Runner, RunnerPool } from "../../runner/runner.ts";
import { createZoo } from "../create-zoo.ts";
import { guardedLog } from "../guarded-log.ts";
import type { LocalZoo } from "../local-zoo.ts";
import { LogToken, RunnerPoolToken } from "../services.ts";
import { scriptedPlugin, TemporaryApplication } from "../temporary-application.ts";
import { createInlinePool } from "./inline-pool.ts";

const never = new Promise<never>(() => {});
let loads = 0;

/** A pool as an application might write one: its loads go on when they are given up, and its runners keep few promises. */
function poolOf(
  change: (runner: Runner) => Partial<Runner>,
  { beforeLoad = () => {}, log = logTo(() => {}) }: { beforeLoad?(): void; log?: Log } = {},
): RunnerPool {
  const inner = createInlinePool({ forms: new FormStore({ cacheDir: undefined, log }), log });
  return {
    load(request: LoadRequest, options: LoadOptions): Promise<Runner> {
      beforeLoad();
      return inner
        .load(request, { ...options, signal: new AbortController().signal })
        .then((runner) => ({ ...methodsOf(runner), ...change(runner) }));
    },
    adopt: (request, options) => inner.adopt(request, options),
    async [Symbol.asyncDispose]() {},
  };
}

/** Everything but `kill`, which a pool may leave out. */
function methodsOf(runner: Runner): Runner {
  return {
    pid: undefined,
    report: runner.report,
    ended: runner.ended,
    run: (task, input, options) => runner.run(task, input, options),
    memoryBytes: () => runner.memoryBytes(),
    stop: () => runner.stop(),
  };
}

function fail(): never {
  throw new Error("the application's pool failed");
}

/** Its end is told as an error, it stops with an error, and it says nothing of its memory, or never. */
const careless = (runner: Runner): Partial<Runner> => ({
  ended: runner.ended.then(fail),
  stop: () => runner.stop().then(fail),
  memoryBytes: async () => (loads++ % 4 === 0 ? never : fail()),
});

describeRunnerPool({
  name: "of an application that is careless",
  services: [
    provide(RunnerPoolToken, (resolve) => poolOf(careless, { log: guardedLog(resolve(LogToken)) }), {
      needs: [LogToken],
    }),
  ],
  isolates: false,
});

describe.concurrent("where an application's pool", () => {
  const body = `tasks = { "score-image": (_, { image }) => ({ score: image.length, best: 0, worst: 9 }) }; async open() { return {}; }`;

  async function withPool(pool: RunnerPool, work: (zoo: LocalZoo) => Promise<void>): Promise<void> {
    await using app = await TemporaryApplication.create({ "plugin-a": scriptedPlugin("plugin-a", "a", body) });
    await using zoo = await createZoo({
      appDir: app.dir,
      cacheDir: `${app.dir}/cache`,
      services: [provide(RunnerPoolToken, () => pool)],
    });
    await work(zoo);
  }

  const ask = (zoo: LocalZoo): Promise<number> =>
    zoo.run("a", "score-image", { image: new Uint8Array(3) }).then(({ output }) => output.score);
  const codeOf = (promise: Promise<unknown>): Promise<string> =>
    promise.then(
      () => "answered",
      ({ code }: ModelError) => code,
    );

  test("throws before its load begins, the caller is told, and the next load is tried", () => {
    let isBroken = true;
    const pool = poolOf(() => ({}), { beforeLoad: () => isBroken && fail() });
    return withPool(pool, async (zoo) => {
      expect(await codeOf(ask(zoo))).toBe("model_load_failed");
      isBroken = false;
      expect(await ask(zoo)).toBe(3);
    });
  });

  test("gives a runner whose methods throw at once, each is an error of that call alone", () =>
    withPool(
      poolOf(() => ({ run: fail, memoryBytes: fail, stop: fail })),
      async (zoo) => {
        expect(await codeOf(ask(zoo))).toBe("internal");
        expect(zoo.status().models[0]).toMatchObject({ state: "ready", leases: 0, running: 0 });
        await zoo.unload("a");
        expect(zoo.status().models[0]?.state).toBe("cold");
      },
    ));

  test("gives a runner that never stops, unloading ends all the same", () =>
    withPool(
      poolOf(() => ({ stop: () => never, ended: never })),
      async (zoo) => {
        expect(await ask(zoo)).toBe(3);
        await zoo.unload("a");
        expect(zoo.status().models[0]?.state).toBe("cold");
      },
    ));

  test("gives a runner that never stops, closing ends all the same", () =>
    withPool(
      poolOf(() => ({ stop: () => never, ended: never })),
      async (zoo) => expect(await ask(zoo)).toBe(3),
    ));

  test("gives a runner that nobody waits for any more, it is stopped, and the next load is answered", async ({
    expect,
  }) => {
    let stops = 0;
    const given: (() => void)[] = [];
    const stop = async (runner: Runner): Promise<void> => {
      stops += 1;
      await runner.stop();
    };
    const pool = poolOf((runner) => ({ stop: () => stop(runner) }));
    const slow: RunnerPool = {
      load: async (request, options) => {
        const runner = await pool.load(request, options);
        if (given.length === 0) await new Promise<void>((resolve) => given.push(resolve));
        return runner;
      },
      adopt: (request, options) => pool.adopt(request, options),
      async [Symbol.asyncDispose]() {},
    };
    await withPool(slow, async (zoo) => {
      const leaves = new AbortController();
      const left = codeOf(zoo.get("a", { signal: leaves.signal }));
      await expect.poll(() => given.length).toBe(1);
      leaves.abort();
      expect(await left).toBe("cancelled");
      // Calls the load off, and waits for its pool for a while.
      await zoo.unload("a");
      expect(zoo.status().models[0]?.state).toBe("cold");
      expect(stops).toBe(0);
      for (const give of given) give();
      await expect.poll(() => stops).toBe(1);
      expect(await ask(zoo)).toBe(3);
    });
  });

  test("takes a while to end a load that is called off, unloading waits for it", async ({ expect }) => {
    const pool = poolOf(() => ({}));
    let state = "none";
    const slow: RunnerPool = {
      async load(_request, { signal }) {
        state = "loads";
        await new Promise((resolve) => signal?.addEventListener("abort", resolve));
        await new Promise((resolve) => setTimeout(resolve, 300));
        state = "ended";
        throw signal?.reason;
      },
      adopt: (request, options) => pool.adopt(request, options),
      async [Symbol.asyncDispose]() {},
    };
    await withPool(slow, async (zoo) => {
      const leaves = new AbortController();
      const left = codeOf(zoo.get("a", { signal: leaves.signal }));
      await expect.poll(() => state).toBe("loads");
      leaves.abort();
      expect(await left).toBe("cancelled");
      await zoo.unload("a");
      expect(state).toBe("ended");
    });
  });
});
