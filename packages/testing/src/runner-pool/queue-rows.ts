import type { Priority } from "@menagerie/core";
import { expect } from "vitest";
import { atOnceMs, expectOutcome, type Row, row } from "./row.ts";

/** Requests that wait. */
export function queueRows(): Row[] {
  return [
    row(
      "a queue that is full by count: the next is refused at once, those in it are answered",
      async (zoo) => {
        await zoo.answersRight();
        const first = zoo.ask("wait", { argument: 500 });
        await zoo.runs();
        const queued = [zoo.ask("answer"), zoo.ask("answer"), zoo.ask("answer")];
        expectOutcome(await zoo.ask("answer"), "queue_full", atOnceMs);
        for (const asked of [first, ...queued]) expectOutcome(await asked, "answered");
      },
      { spec: { max_queue: 3 } },
    ),
    row(
      "a queue that is full by bytes: the next is refused at once, one that fits is taken, and a single large one always",
      async (zoo) => {
        await zoo.answersRight();
        const first = zoo.ask("wait", { argument: 500, bytes: 2e6 });
        await zoo.runs();
        const queued = [zoo.ask("answer", { bytes: 6e5 })];
        expectOutcome(await zoo.ask("answer", { bytes: 6e5 }), "queue_full", atOnceMs);
        expect(zoo.zoo.status().models[0]?.waiting_bytes).toBeGreaterThan(5.9e5);
        queued.push(zoo.ask("answer", { bytes: 1e5 }));
        for (const asked of [first, ...queued]) expectOutcome(await asked, "answered");
        expect(zoo.zoo.status().models[0]?.waiting_bytes).toBe(0);
      },
      { spec: { max_queue_mb: 1 } },
    ),
    row("the queue is served by priority, inside a class in the order of arrival", async (zoo) => {
      await zoo.answersRight();
      const first = zoo.ask("wait", { argument: 300 });
      await zoo.runs();
      const served: string[] = [];
      const order: Priority[] = ["low", "medium", "high", "critical", "low", "critical"];
      const asked = order.map(async (priority, i) => {
        expectOutcome(await zoo.ask("answer", {}, { priority }), "answered");
        served.push(`${priority} ${i}`);
      });
      await Promise.all([first, ...asked]);
      expect(served).toEqual(["critical 3", "critical 5", "high 2", "medium 1", "low 0", "low 4"]);
    }),
    row(
      "a model that has no room while another is in use: loaded when it is given back, and refused at its deadline",
      async (zoo) => {
        await zoo.answersRight();
        const lease = await zoo.zoo.get("a");
        expectOutcome(await zoo.ask("answer", {}, { deadlineMs: 200 }, "b"), "deadline_exceeded", 200 + atOnceMs);
        const asked = zoo.ask("answer", {}, {}, "b");
        await zoo.is("waiting", "b");
        await lease[Symbol.asyncDispose]();
        expectOutcome(await asked, "answered", 10_000);
      },
      { apart: true, models: { a: {}, b: { ramMb: 145 } }, spec: { memory_mb: { cpu: 150 } } },
    ),
  ];
}
