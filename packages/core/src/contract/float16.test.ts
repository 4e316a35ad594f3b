import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { mixedInteger } from "@menagerie/testing";
import { describe, expect, it } from "vitest";
import { float16Bits, float16Value, toFloat16 } from "./float16.ts";

describe("float16Bits", () => {
  it("rounds 4,000 float32 patterns as numpy does", () => {
    const patterns = Uint32Array.from({ length: 4000 }, (_, i) => {
      const pattern = mixedInteger(i);
      return i % 2 === 0 ? (pattern & 0x8fff_ffff) | 0x3000_0000 : pattern;
    });
    const digest = createHash("sha256")
      .update(toFloat16(new Float32Array(patterns.buffer)))
      .digest("hex");
    expect(digest).toBe(readFileSync(new URL("../../fixtures/float16.txt", import.meta.url), "utf8").trim());
  });

  it("gives every float16 back", () => {
    for (let bits = 0; bits < 65_536; bits++) {
      const value = float16Value(bits);
      if (!Number.isNaN(value)) expect(float16Bits(value)).toBe(bits);
    }
  });

  it("rounds ties to even, at both ends of the range too", () => {
    expect([2049, 2051, 65_519, 65_520, 2 ** -25, 2 ** -25 * 1.0001, -0].map(float16Bits)).toEqual([
      0x6800, 0x6802, 0x7bff, 0x7c00, 0, 1, 0x8000,
    ]);
    expect(float16Bits(Number.NaN)).toBe(0x7e00);
  });
});
