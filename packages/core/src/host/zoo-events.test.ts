import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { type LogFields, logTo } from "../contract/log.ts";
import { guardedLog } from "./guarded-log.ts";
import type { ZooEvent } from "./local-zoo.ts";
import { ZooEvents } from "./zoo-events.ts";

const event = { type: "unloaded", model: "m" } as ZooEvent;
/** What a test runner or a sandbox gives: no instance of this realm's Promise. */
const ofAnotherRealm = (): never => runInNewContext('Promise.reject(new Error("of another realm"))') as never;

test.each<[string, () => never, string]>([
  ["throws", () => fail(new Error("thrown")), "thrown"],
  ["throws what no text can be made of", () => fail(Object.create(null)), "something was thrown that cannot be read"],
  ["rejects", (async () => fail(new Error("rejected"))) as () => never, "rejected"],
  ["rejects with a promise of another realm", ofAnotherRealm, "of another realm"],
])("a listener of events that %s is logged, and the others hear the event", async (_, listener, error) => {
  const logged: LogFields[] = [];
  const heard: ZooEvent[] = [];
  const events = new ZooEvents(logTo((_level, _message, fields) => logged.push(fields)));
  events.listen(listener);
  events.listen((told) => heard.push(told));
  events.emit(event);
  expect(heard).toEqual([event]);
  // A promise that nobody waits for would fail this test.
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(logged).toEqual([{ event: "unloaded", error: expect.stringContaining(error) }]);
});

test("a log that rejects with a promise of another realm harms nobody", async () => {
  guardedLog(logTo(ofAnotherRealm)).error("something");
  await new Promise((resolve) => setTimeout(resolve, 5));
});

function fail(error: unknown): never {
  throw error;
}
