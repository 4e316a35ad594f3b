import type { Forecast } from "@menagerie/core/scheduler";
import { megabytes, paint } from "./output.ts";

const columns = 60;
const levels = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] as const;

/** What share of a column something is loaded for, in thirds; all of it, or nearly, is whole. */
const shades = ["░", "▒", "▓"] as const;
const nearlyAll = 0.95;

/** What is loaded when, a line for each model, and how full each device is at the most. */
export function drawnForecast({ ms, models, devices }: Forecast): readonly string[] {
  const step = Math.max(1, ms) / columns;
  const names = [...models.map(({ model }) => model), ...devices.map(({ device }) => device)];
  const width = Math.max(0, ...names.map((name) => name.length));
  const up = models.filter(({ stays }) => stays.length > 0);
  const rows = up.map(({ model, stays }) => {
    const cells = cellsOf(step, (from, until) => {
      const seen = stays.filter((stay) => stay.from < until && stay.until > from);
      if (seen.length === 0) return paint("dim", "·");
      const ready = seen.reduce((sum, stay) => sum + overlap(stay.ready ?? stay.until, stay.until, from, until), 0);
      if (ready === 0) return paint("yellow", "+");
      return paint("green", shadeOf(ready / (until - from)));
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
  const key = paint("dim", "█ loaded, ░▒▓ for a part of that time, + being loaded");
  return [...rows, ...fullness, `${"".padEnd(width)}  0${end.padStart(columns - 1)}`, `${"".padEnd(width)}  ${key}`];
}

function shadeOf(share: number): string {
  return share >= nearlyAll ? "█" : (shades[Math.floor(3 * share)] ?? "▓");
}

function overlap(from: number, until: number, start: number, end: number): number {
  return Math.max(0, Math.min(until, end) - Math.max(from, start));
}

function cellsOf(step: number, cell: (from: number, until: number) => string): string {
  return Array.from({ length: columns }, (_, i) => cell(i * step, (i + 1) * step)).join("");
}

function durationOf(ms: number): string {
  if (ms < 10_000) return `${Math.round(ms)} ms`;
  if (ms < 600_000) return `${(ms / 1000).toFixed(0)} s`;
  return ms < 3 * 3_600_000 ? `${(ms / 60_000).toFixed(0)} min` : `${(ms / 3_600_000).toFixed(1)} h`;
}
