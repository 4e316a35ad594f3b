import fc from "fast-check";
import { expect, it } from "vitest";
import { fastLog } from "./fast-log.ts";

it("differs from Math.log by no more than rounding does", () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-300, max: 1e300, noNaN: true }), (x) => {
      const exact = Math.log(x);
      expect(Math.abs(fastLog(x) - exact)).toBeLessThanOrEqual(4e-16 + 3e-16 * Math.abs(exact));
    }),
    { numRuns: 20_000 },
  );
  for (const x of [1, 2, 0.5, 1e-10, Math.E, 1 - 2 ** -53, 1 + 2 ** -52, 2 ** -1022]) {
    expect(Math.abs(fastLog(x) - Math.log(x))).toBeLessThanOrEqual(4e-16 + 3e-16 * Math.abs(Math.log(x)));
  }
});
