import { expect, test } from "vitest";
import { budgetsOf, cutBudgets, usableDevices } from "./budgets.ts";
import { parseZooSpec } from "./read-yaml.ts";

const devices = [
  { device: "cuda:0", totalBytes: 24e9 },
  { device: "cpu", totalBytes: 10e9 },
] as const;

test("a share is one of what there is, and what is left to others is taken off the whole", () => {
  const memory = { "cuda:0": "80%", cpu: "95%" } as const;
  expect(budgetsOf(devices, { memory, reserve: {} })).toEqual({ "cuda:0": 19.2e9, cpu: 9.5e9 });
  expect(budgetsOf(devices, { memory, reserve: { cpu: 2000 } })).toEqual({ "cuda:0": 19.2e9, cpu: 8e9 });
  expect(budgetsOf(devices, { memory: {}, reserve: { cpu: 1000, "cuda:0": 30_000 } })).toEqual({
    "cuda:0": 0,
    cpu: 7e9,
  });
});

test("no budget is more than there is, and what was cut is told", () => {
  const declared = { memory: { cpu: 64_000, "cuda:0": 6000 }, reserve: {} } as const;
  const budgets = budgetsOf(devices, declared);
  expect(budgets).toEqual({ "cuda:0": 6e9, cpu: 10e9 });
  expect(cutBudgets(budgets, declared)).toEqual([{ device: "cpu", declared: 64e9, budget: 10e9 }]);
});

test("a device that cannot be asked has what is declared, and no share of anything", () => {
  const memory = { dml: 4000 } as const;
  expect(budgetsOf(usableDevices(devices, memory), { memory, reserve: {} }).dml).toBe(4e9);
  expect(() => usableDevices(devices, { dml: "50%" })).toThrow("a share of a memory that cannot be read");
});

test("a zoo spec has budgets in megabytes or as shares of at most 100 %", () => {
  const spec = (memory: object) =>
    parseZooSpec({ memory_mb: memory, memory_reserve_mb: { cpu: 500 } } as never, "zoo.yaml");
  expect(spec({ cpu: "80%", "cuda:0": 4000 })).toMatchObject({
    memory_mb: { cpu: "80%", "cuda:0": 4000 },
    memory_reserve_mb: { cpu: 500 },
  });
  for (const cpu of ["120%", "80", "-5%", "%", 0]) expect(() => spec({ cpu })).toThrow("memory_mb");
});
