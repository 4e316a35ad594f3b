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

test("a device that no model could be on is no silent budget, nor is one that is said twice", () => {
  expect(parseBudgets("CPU=1GB,CUDA:1=2GB")).toEqual({ cpu: 1e9, "cuda:1": 2e9 });
  for (const text of ["gpu=4GB", "cuda=4GB", "cpu:0=4GB", "cuda:01=4GB", "constructor=4GB"])
    expect(() => parseBudgets(text)).toThrow("There is no device");
  expect(() => parseBudgets("4GB,cpu=2GB")).toThrow("It says cpu twice.");
});
