import { expect } from "vitest";
import type { Outcome } from "./outcome.ts";
import { type PoolUnderTest, type ZooSetting, ZooUnderTest } from "./zoo-under-test.ts";

/** One fault: what is done, what the caller gets, and how soon. */
export interface Row {
  readonly says: string;
  /** Why it is for runners alone that are processes; undefined where it holds of every pool. */
  readonly needs: string | undefined;
  /** Whether it says something of models that have runners of their own. */
  readonly apart?: boolean | undefined;
  /** Whether it says something of a model that has one runner at the most. */
  readonly sole?: boolean | undefined;
  /** @param skip says why this machine cannot inject the fault; does not return */
  run(pool: PoolUnderTest, skip: (why: string) => void): Promise<void>;
}

/** Milliseconds in which a caller is let go, of which most are the noise of a busy machine. */
export const atOnceMs = 250;

export const needsSignals = "needs a runner that is a process, to which signals can be sent";
export const needsAnotherLoop = "needs a runner that is a process, whose loop is not the caller's own";
export const needsAnotherProcess = "needs a runner that is a process, which can end without its host";
export const needsTheChannel = "needs a runner that is a process, at the end of a channel";

/** A row that has a zoo of its own. What it leaves behind is looked at afterwards, and an innocent question is asked. */
export function row(
  says: string,
  body: (zoo: ZooUnderTest) => Promise<void>,
  {
    needs,
    apart,
    sole,
    ...setting
  }: ZooSetting & Partial<Pick<Row, "apart" | "sole">> & { readonly needs?: string } = {},
): Row {
  return {
    says,
    needs,
    ...{ apart, sole },
    async run(pool) {
      await using zoo = await ZooUnderTest.open(pool, setting);
      await body(zoo);
      await zoo.isQuiet();
      for (const { model } of zoo.zoo.status().models) await zoo.answersRight(model);
    },
  };
}

/** The caller got that, no later than so many milliseconds after it asked. */
export function expectOutcome({ code, ms, error }: Outcome<unknown>, wanted: string, withinMs?: number): void {
  expect(code, String(error)).toBe(wanted);
  if (withinMs !== undefined) expect(ms, `${wanted} within ${withinMs} ms`).toBeLessThan(withinMs);
}
