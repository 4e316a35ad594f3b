import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { alarm, type Clock, monotonic, systemClock } from "./clock.ts";

/** A clock that stands still until it is moved, and waits no longer than Node's timers do. */
class HandClock implements Clock {
  time = 0;
  readonly timers = new Set<{ readonly at: number; callback(): void }>();

  now(): number {
    return this.time;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.time + (ms > 2 ** 31 - 1 ? 1 : ms), callback };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  move(ms: number): void {
    this.time += ms;
    for (const timer of [...this.timers].filter(({ at }) => at <= this.time)) {
      this.timers.delete(timer);
      timer.callback();
    }
  }
}

test("an alarm beyond what a timer holds is armed again until its time has come, and not a moment earlier", () => {
  const clock = new HandClock();
  const year = 365 * 86_400_000;
  let rang = 0;
  using _ = alarm(clock, year, () => {
    rang += 1;
  });
  for (let day = 0; day < 364; day++) clock.move(86_400_000);
  expect(rang).toBe(0);
  clock.move(86_400_000 - 1);
  expect(rang).toBe(0);
  clock.move(1);
  expect(rang).toBe(1);
  clock.move(year);
  expect(rang).toBe(1);
});

test("an alarm that was called off, or is set for never, does not ring and holds no timer", () => {
  const clock = new HandClock();
  const off = alarm(clock, 10, () => expect.unreachable());
  off[Symbol.dispose]();
  alarm(clock, Number.POSITIVE_INFINITY, () => expect.unreachable());
  expect(clock.timers.size).toBe(0);
  clock.move(100);
});

test("the system's clock takes waits longer than a timer of Node holds", async () => {
  let rang = false;
  const callOff = systemClock.after(2 ** 40, () => {
    rang = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 30));
  callOff();
  expect(rang).toBe(false);
});

test("a process is held as long as somebody holds it, however often each lets go", () => {
  const script = `
    import { holdProcess, systemClock } from ${JSON.stringify(new URL("clock.ts", import.meta.url).href)};
    const [first, second] = [holdProcess(), holdProcess()];
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    systemClock.after(200, () => { process.stdout.write("rang "); second[Symbol.dispose](); });
    process.on("exit", () => process.stdout.write("over"));
  `;
  const { stdout, status } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
    encoding: "utf8",
    timeout: 20_000,
  });
  expect([stdout, status]).toEqual(["rang over", 0]);
});

test("a clock that is set back, as the machine's may be, goes on from where it was", () => {
  const times = [100, 150, 20, 30, Number.NaN, 60, 10, 15];
  const clock = monotonic({ now: () => times.shift() ?? 0, after: () => () => {} });
  expect(Array.from({ length: 8 }, () => clock.now())).toEqual([100, 150, 150, 160, 160, 190, 190, 195]);
});
