import { expect, test } from "vitest";
import { drawnForecast } from "./drawn-forecast.ts";

const tally = { requests: 1, refused: 0, loads: 1, bytes: 1, p50: 0, p99: 0, worst: 0 };

test("a forecast is drawn with a line for what is loaded when, and one for how full each device is", () => {
  const lines = drawnForecast({
    ms: 60_000,
    total: tally,
    models: [
      { model: "clip", stays: [{ from: 0, ready: 2000, until: 30_500 }], ...tally },
      { model: "never", stays: [], ...tally },
    ],
    devices: [
      {
        device: "cpu",
        budget: 4e9,
        reserved: [
          { at: 0, amount: 2e9 },
          { at: 30_000, amount: 0 },
        ],
      },
    ],
  });
  expect(lines).toEqual([
    `clip   ++${"█".repeat(28)}▒${"·".repeat(29)}`,
    `cpu    ${"▅".repeat(30)}${" ".repeat(30)}  at most 2.0 GB of 4.0 GB`,
    `       0${"60 s".padStart(59)}`,
    "       █ loaded, ░▒▓ for a part of that time, + being loaded",
  ]);
});
