import { setTimeout } from "node:timers/promises";
import { ModelError } from "@menagerie/core";
import { type FuzzTarget, must } from "../fuzz-target.ts";

/** Has every fault there is, so that a test can see each of them found. Cases by number; no run of all targets has it. */
export const plantedTarget: FuzzTarget = {
  name: "planted",
  share: 0,
  memoryMb: 64,
  refusals: ["input_invalid"],
  async prepare() {
    const cases = [
      () => {},
      () => {
        throw new ModelError("input_invalid", "refused");
      },
      () => {
        throw new ModelError("internal", "refused with a code that is not the target's");
      },
      () => {
        throw new TypeError("not refused at all");
      },
      () => must(1 > 2, "one is not more than two"),
      () => {
        for (;;);
      },
      () => process.exit(3),
      () => setTimeout(1).then(() => must(2 > 3, "late")),
      () => {
        // Where no one waits for it.
        setImmediate(() => {
          throw new Error("apart");
        });
        return new Promise<void>(() => {});
      },
      () => held(100, 20),
      () => held(200, 400),
    ];
    return ({ number }) => cases[number]?.();
  },
};

async function held(megabytes: number, milliseconds: number): Promise<void> {
  const bytes = Buffer.alloc(megabytes * 2 ** 20, 1);
  await setTimeout(milliseconds);
  must(bytes.at(-1) === 1, "the bytes are gone");
}
