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

test("a part that cannot be sent fails the answer, and its maker is not kept waiting, whether it waits for parts or not", async () => {
  const { sent, box } = outbox(16);
  await box.push("a");
  await box.push("odd");
  await box.push("b");
  await expect(box.empty()).rejects.toThrow("it cannot be sent");
  expect(sent).toEqual(["a"]);
});

test("a part that cannot be sent when its turn comes later is no fault of the credit that came", async () => {
  const { sent, box } = outbox(1);
  const pushed = ["a", "odd", "b"].map((part) => box.push(part));
  expect(() => box.credit()).not.toThrow();
  await Promise.all(pushed);
  await expect(box.empty()).rejects.toThrow("it cannot be sent");
  expect(sent).toEqual(["a"]);
});
