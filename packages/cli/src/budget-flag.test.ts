import { expect, test } from "vitest";
import { parseBudgets } from "./budget-flag.ts";

test("a budget is a figure for the CPU, or a list by device, in megabytes where no unit is given", () => {
  expect(parseBudgets("4GB")).toEqual({ cpu: 4e9 });
  expect(parseBudgets("300")).toEqual({ cpu: 300e6 });
  expect(parseBudgets("cpu=1.5gb, cuda:0=24GB")).toEqual({ cpu: 1.5e9, "cuda:0": 24e9 });
});

test.each(["", "lots", "cpu=", "cpu=4PB", "-4GB"])("%j is no budget", (text) => {
  expect(() => parseBudgets(text)).toThrow("It must be like 4GB");
});
