import type { Forecast } from "@menagerie/core/scheduler";
import { megabytes, paint } from "./output.ts";

const columns = 60;
const levels = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] as const;

/** What is loaded when, a line for each model, and how full each device is. The most in a column counts. */
export function drawnForecast({ ms, models, devices }: Forecast): readonly string[] {
  const step = Math.max(1, ms) / columns;
  const names = [...models.map(({ model }) => model), ...devices.map(({ device }) => device)];
  const width = Math.max(0, ...names.map((name) => name.length));
  const up = models.filter(({ stays }) => stays.length > 0);
  const rows = up.map(({ model, stays }) => {
    const cells = cellsOf(step, (from, until) => {
      const seen = stays.filter((stay) => stay.from < until && stay.until >= from);
      if (seen.length === 0) return paint("dim", "·");
      const isReady = seen.some(({ ready, until: end }) => ready !== undefined && ready < until && end >= from);
      return isReady ? paint("green", "█") : paint("yellow", "▒");
    });
    return `${model.padEnd(width)}  ${cells}`;
  });
  const fullness = devices.map(({ device, budget, reserved }) => {
    const cells = cellsOf(step, (from, until) => {
      const before = reserved.findLast(({ at }) => at <= from)?.amount ?? 0;
      const most = reserved.reduce((m, { at, amount }) => (at > from && at < until ? Math.max(m, amount) : m), before);
      return most === 0 ? " " : (levels[Math.min(7, Math.floor((most / Math.max(1, budget)) * 8))] ?? " ");
    });
    const most = Math.max(0, ...reserved.map(({ amount }) => amount));
    const figure = device === "loaded" ? String : megabytes;
    return `${device.padEnd(width)}  ${cells}  at most ${figure(most)} of ${figure(budget)}`;
  });
  const end = durationOf(ms);
  return [...rows, ...fullness, `${"".padEnd(width)}  0${end.padStart(columns - 1)}`];
}

function cellsOf(step: number, cell: (from: number, until: number) => string): string {
  return Array.from({ length: columns }, (_, i) => cell(i * step, (i + 1) * step)).join("");
}

function durationOf(ms: number): string {
  if (ms < 10_000) return `${Math.round(ms)} ms`;
  if (ms < 600_000) return `${(ms / 1000).toFixed(0)} s`;
  return ms < 3 * 3_600_000 ? `${(ms / 60_000).toFixed(0)} min` : `${(ms / 3_600_000).toFixed(1)} h`;
}
