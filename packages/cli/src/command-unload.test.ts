import { expect, test } from "vitest";
import { share } from "./command-unload.ts";

test("a share is per cent or a part of one, and a blank is not all of it", () => {
  expect(["80%", "0.8", ".5", "0", "100%"].map(share)).toEqual([0.8, 0.8, 0.5, 0, 1]);
  for (const text of ["", " ", "%", " %", "101%", "1.1", "-1", "0x1", "1e-1", "half"])
    expect(() => share(text)).toThrow("It must be a share");
});
