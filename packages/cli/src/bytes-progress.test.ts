import { expect, test } from "vitest";
import { progressWords } from "./bytes-progress.ts";

test("progress says what was read of what, at which rate, and the time left", () => {
  expect(progressWords(1.2e9, 4.5e9, 1000)).toBe("1.2 GB of 4.5 GB, 1.2 GB/s, 3 s left");
  expect(progressWords(10e6, 60e9, 1000)).toBe("10 MB of 60.0 GB, 10 MB/s, 100 min left");
  expect(progressWords(0, 5e6, 0)).toBe("0 MB of 5 MB, 0 MB/s");
  expect(progressWords(6e6, 5e6, 1000)).toBe("6 MB of 5 MB, 6 MB/s, 0 s left");
});
