import { expect, test } from "vitest";
import { Run } from "./scheduler-run.ts";

const offered = (unit: string) => ({ type: "offered", unit }) as const;

test("what is offered is loaded into free room, and leaves first for whoever asks", () => {
  const run = new Run(100);
  run.add("a", 40);
  run.add("more", 40);
  run.add("b", 60);
  run.warm("a");
  expect(run.send(offered("more"))).toEqual([{ type: "load", unit: "more" }]);
  expect(run.send(offered("more"))).toEqual([]);
  expect(run.ask("b")).toEqual([{ type: "unload", unit: "more", reason: "evicted for b" }]);
});

test("nothing leaves for what is offered, and it takes no more than 85 % of a budget, none under pressure, and none that somebody waits for", () => {
  const full = new Run(100);
  full.add("a", 60);
  full.add("more", 30);
  full.warm("a");
  expect(full.send(offered("more"))).toEqual([]);
  const pressed = new Run(100);
  pressed.add("more", 30);
  pressed.send({ type: "pressure", device: "cpu", level: "soft" });
  expect(pressed.send(offered("more"))).toEqual([]);
  const waiting = new Run(100);
  waiting.add("held", 50);
  waiting.add("large", 90);
  waiting.add("more", 30);
  waiting.lease("held");
  waiting.ask("large");
  expect(waiting.send(offered("more"))).toEqual([]);
});

test("what was offered and is not used is unloaded after its keep-alive", () => {
  const run = new Run(100);
  run.add("more", 30, { keepAlive: 500 });
  run.send(offered("more"));
  expect(run.pass(5000)).toEqual([]);
  run.loaded("more");
  expect(run.pass(500)).toEqual([{ type: "unload", unit: "more", reason: "idle" }]);
});
