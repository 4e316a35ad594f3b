import { expect, test } from "vitest";
import { PartOutbox } from "./part-outbox.ts";

function outbox(credit: number): { sent: unknown[]; box: PartOutbox } {
  const sent: unknown[] = [];
  const send = (part: unknown): void => {
    if (part === "odd") throw new Error("it cannot be sent");
    sent.push(part);
  };
  return { sent, box: new PartOutbox(send, credit) };
}

test("a part that cannot be sent fails the answer, and stops a maker that waits for its parts", async () => {
  const { sent, box } = outbox(16);
  await box.push("a");
  await expect(box.push("odd")).rejects.toThrow("it cannot be sent");
  await expect(box.push("b")).rejects.toThrow("it cannot be sent");
  await expect(box.empty()).rejects.toThrow("it cannot be sent");
  expect(sent).toEqual(["a"]);
});

test("a part that cannot be sent when its turn comes later is no fault of the credit that came", async () => {
  const { sent, box } = outbox(1);
  const pushed = ["a", "odd", "b"].map((part) => box.push(part));
  expect(() => box.credit()).not.toThrow();
  expect((await Promise.allSettled(pushed)).map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
  await expect(box.empty()).rejects.toThrow("it cannot be sent");
  expect(sent).toEqual(["a"]);
});
