import { describe, expect, test, vi } from "vitest";
import { logTo } from "../../contract/log.ts";
import { createZoo } from "../create-zoo.ts";
import type { LocalZoo } from "../local-zoo.ts";
import { scriptedPlugin, TemporaryApplication } from "../temporary-application.ts";

const body = `tasks = { "score-image": () => ({ score: 1, best: 0, worst: 1 }) }; async open() { return {}; }`;

/** A zoo with models of its own processes, and the processes that it has started. */
async function zooOf(
  models: readonly string[],
  spec: object,
  work: (zoo: LocalZoo, started: number[]) => Promise<void>,
): Promise<void> {
  await using app = await TemporaryApplication.create(
    Object.fromEntries(models.map((name) => [`plugin-${name}`, scriptedPlugin(`plugin-${name}`, name, body)])),
  );
  const started: number[] = [];
  const log = logTo((_, message, { pid }) => {
    if (message === "a runner process was started") started.push(Number(pid));
  });
  await using zoo = await createZoo({ appDir: app.dir, cacheDir: `${app.dir}/cache`, log, spec });
  await work(zoo, started);
}

describe("spares", () => {
  test("are started for loads that wait for their turn, and each load takes one", () =>
    zooOf(["a", "b", "c"], { max_loading: 1 }, async (zoo, started) => {
      const outcomes = await zoo.loadAll();
      expect(outcomes.map(({ ok }) => ok)).toEqual([true, true, true]);
      const runners = zoo.status().models.map(({ pid }) => pid);
      expect(started.slice(0, 3).sort()).toEqual(runners.sort());
    }));

  test("that nobody came for are ended, but for one", () =>
    zooOf(["a", "b", "c"], { max_loading: 1 }, async (zoo, started) => {
      const leave = new AbortController();
      const onProgress = (): void => {
        if (started.length >= 2) leave.abort();
      };
      await zoo.loadAll({ signal: leave.signal, onProgress });
      const alive = (): number[] => started.filter((pid) => isAlive(pid));
      const runners = (): number => zoo.status().models.filter(({ pid }) => pid !== undefined).length;
      await vi.waitFor(() => expect(alive().length).toBeLessThanOrEqual(runners() + 1), {
        timeout: 8000,
        interval: 50,
      });
    }));
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
