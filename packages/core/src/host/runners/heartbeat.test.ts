import { expect, test } from "vitest";
import type { Clock } from "../../time/clock.ts";
import { Heartbeat, type Watched } from "./heartbeat.ts";

/** Time that goes on when the test says so, and by how much it says. */
class HandClock implements Clock {
  #now = 0;
  readonly #alarms = new Map<() => void, number>();

  now(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): () => void {
    this.#alarms.set(callback, this.#now + ms);
    return () => this.#alarms.delete(callback);
  }

  async pass(ms: number): Promise<void> {
    this.#now += ms;
    for (const [callback, time] of [...this.#alarms]) {
      if (time > this.#now) continue;
      this.#alarms.delete(callback);
      callback();
    }
    await new Promise((resolve) => setImmediate(resolve));
  }

  async beats(count: number): Promise<void> {
    for (let beat = 0; beat < count; beat++) await this.pass(1000);
  }
}

interface Hearing {
  readonly clock: HandClock;
  readonly lost: string[];
  pings(): number;
  /** A call of somebody else begins, and does not end. */
  work(): void;
}

function watched(answers: boolean): Hearing {
  const clock = new HandClock();
  const lost: string[] = [];
  let pings = 0;
  let underWay = 0;
  const runner: Watched = {
    hasEnded: false,
    pid: undefined,
    get callsUnderWay() {
      return underWay;
    },
    async call() {
      pings += 1;
      if (answers) return;
      underWay += 1;
      await new Promise(() => {});
    },
  };
  new Heartbeat(runner, clock, (reason) => lost.push(reason));
  const work = (): void => {
    underWay += 1;
  };
  return { clock, lost, pings: () => pings, work };
}

test("a runner that answers its pings is never lost", async () => {
  const { clock, lost, pings } = watched(true);
  await clock.beats(60);
  expect([lost, pings()]).toEqual([[], 12]);
});

test("a runner that works for long after it answered is never lost", async () => {
  const { clock, lost, work } = watched(true);
  await clock.beats(7);
  work();
  await clock.beats(60);
  expect(lost).toEqual([]);
});

test("a runner that does not answer is lost once, five looks after its ping", async () => {
  const { clock, lost } = watched(false);
  await clock.beats(9);
  expect(lost).toEqual([]);
  await clock.beats(20);
  expect(lost).toEqual(["did not answer a ping within 5 s"]);
});

test("a host that stood still itself begins to count anew, however often", async () => {
  const { clock, lost } = watched(false);
  await clock.beats(9);
  for (let i = 0; i < 3; i++) {
    await clock.pass(60_000);
    await clock.beats(4);
  }
  expect(lost).toEqual([]);
  await clock.beats(1);
  expect(lost).toEqual(["did not answer a ping within 5 s"]);
});
