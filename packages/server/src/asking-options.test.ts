import { expect, test } from "vitest";
import { keepAliveOf } from "./asking-options.ts";

test("X-Keep-Alive-S is seconds in plain digits, and -1 for as long as there is room", () => {
  expect([keepAliveOf(undefined), keepAliveOf("0"), keepAliveOf("1.5"), keepAliveOf("-1")]).toEqual([
    undefined,
    0,
    1500,
    Number.POSITIVE_INFINITY,
  ]);
});

test.each(["", "-2", "1e3", "soon", "0x10", "Infinity"])("X-Keep-Alive-S %j is refused", (header) => {
  expect(() => keepAliveOf(header)).toThrow("X-Keep-Alive-S must be a number of seconds");
});
