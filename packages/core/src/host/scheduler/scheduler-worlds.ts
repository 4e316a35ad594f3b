import type { SchedulerEvent } from "./scheduler-event.ts";
import type { World } from "./scheduler-search.ts";

const small = {
  units: [
    { name: "a", bytes: 60 },
    { name: "b", bytes: 60 },
  ],
  budgets: { cpu: 100 },
};

/** A unit of the same name comes again, larger than before. */
const readded: SchedulerEvent = {
  type: "unit-added",
  unit: {
    name: "a",
    placements: [{ device: "cpu", bytes: { cpu: 70 } }],
    priority: "medium",
    pinned: false,
    keepAlive: Number.POSITIVE_INFINITY,
  },
};

/** Worlds that are small enough to be searched at each change. */
export const smallWorlds: Readonly<Record<string, World>> = {
  "two units with room for one, a third elsewhere": {
    budgets: { cpu: 100, "cuda:0": 100 },
    units: [...small.units, { name: "g", placements: [{ device: "cuda:0", bytes: { "cuda:0": 60 } }] }],
    events: 5,
    without: ["closed"],
  },
  "units that need two devices at once, and one that may go to either of two": {
    budgets: { cpu: 100, "cuda:0": 100, "cuda:1": 50 },
    units: [
      { name: "both", placements: [{ device: "cuda:0", bytes: { "cuda:0": 60, cpu: 60 } }] },
      { name: "host", bytes: 60 },
      {
        name: "any",
        placements: [
          { device: "cuda:0", bytes: { "cuda:0": 50 } },
          { device: "cuda:1", bytes: { "cuda:1": 50 } },
        ],
      },
    ],
    events: 5,
    without: ["closed", "load-failed", "pinned"],
    also: [{ type: "device-gone", device: "cuda:0" }],
  },
  "requests of two classes": {
    budgets: { cpu: 100 },
    units: [
      { name: "a", bytes: 60, priority: "low" },
      { name: "b", bytes: 60 },
    ],
    classes: ["critical", "medium"],
    events: 5,
    without: ["closed", "load-failed"],
  },
  "small units behind a large one, beside an idle one of a higher class": {
    budgets: { cpu: 100 },
    units: [
      { name: "high", bytes: 40, priority: "high" },
      { name: "large", bytes: 90 },
      { name: "small", bytes: 30 },
    ],
    events: 6,
    without: ["closed", "load-failed", "crashed"],
  },
  "victims of several sizes": {
    budgets: { cpu: 100 },
    units: [
      { name: "a", bytes: 50 },
      { name: "b", bytes: 30 },
      { name: "c", bytes: 70 },
    ],
    events: 6,
    without: ["closed", "load-failed", "pinned"],
  },
  measurements: {
    budgets: { cpu: 100 },
    units: [
      { name: "a", bytes: 40 },
      { name: "b", bytes: 40 },
      { name: "c", bytes: 30, priority: "high" },
    ],
    sizes: [70, 400],
    requests: 2,
    events: 5,
    without: ["closed", "load-failed", "pinned"],
  },
  "kept units that do not fit together": {
    budgets: { cpu: 100 },
    units: [{ name: "a", bytes: 60, required: true, priority: "low" }, { name: "b", bytes: 60 }, { name: "c" }],
    events: 5,
    pauses: [600],
    without: ["closed", "pinned"],
    also: [
      { type: "goal", keep: ["a", "b"] },
      { type: "goal", keep: [] },
    ],
  },
  "loads that fail, and time that passes": {
    ...small,
    events: 6,
    requests: 2,
    pauses: [600],
    without: ["closed", "withdrawn", "pinned"],
    also: [
      { type: "load-failed", unit: "a", isFinal: true },
      { type: "mended", unit: "a" },
    ],
  },
  "loads that nobody came back for, and time that passes": {
    ...small,
    events: 7,
    requests: 1,
    pauses: [1200],
    without: ["closed", "pinned", "crashed", "load-failed"],
  },
  "few units at a time, and few loads": {
    budgets: { cpu: 100 },
    maxLoaded: 2,
    maxLoading: () => 1,
    units: [
      { name: "a", bytes: 10 },
      { name: "b", bytes: 10 },
      { name: "c", bytes: 95 },
    ],
    events: 6,
    without: ["closed", "load-failed", "pinned"],
  },
  "pressure and keep-alives": {
    budgets: { cpu: 200 },
    units: [
      { name: "a", bytes: 60, keepAlive: 70_000 },
      { name: "b", bytes: 60, keepAlive: 500 },
    ],
    events: 5,
    requests: 1,
    pauses: [400, 61_000],
    without: ["closed", "load-failed", "unload-asked", "withdrawn"],
    also: [
      { type: "pressure", device: "cpu", level: "soft" },
      { type: "pressure", device: "cpu", level: "hard" },
      { type: "keep-alive", unit: "a", ms: 0 },
    ],
  },
  "units that are removed": {
    ...small,
    events: 6,
    requests: 2,
    pauses: [600],
    without: ["closed", "pinned", "withdrawn"],
    also: [{ type: "unit-removed", unit: "a" }, readded],
  },
  "units that are kept otherwise": {
    ...small,
    events: 5,
    requests: 2,
    classes: ["high", "medium"],
    pauses: [600],
    without: ["closed", "pinned", "load-failed"],
    also: [
      { type: "goal", keep: ["a"] },
      { type: "kept", unit: "a", priority: "high", required: true, pinned: true },
      { type: "kept", unit: "a", priority: "low", required: false, pinned: false },
      { type: "kept", unit: "a", priority: "critical", required: false, pinned: undefined },
      { type: "unit-removed", unit: "a" },
    ],
  },
  "two models in one unit, beside another": {
    budgets: { cpu: 100 },
    units: [
      { name: "group", models: ["a", "b"], bytes: 60 },
      { name: "c", bytes: 60 },
    ],
    events: 5,
    requests: 2,
    without: ["closed", "load-failed"],
    also: [
      { type: "goal", keep: ["b", "a"] },
      { type: "unload-asked", unit: "b" },
      { type: "unit-removed", unit: "a" },
    ],
  },
  "units that are offered": {
    budgets: { cpu: 100 },
    units: [
      { name: "a", bytes: 40 },
      { name: "b", bytes: 40 },
      { name: "c", bytes: 50 },
    ],
    events: 5,
    requests: 2,
    without: ["closed", "load-failed", "pinned"],
    also: [
      { type: "offered", unit: "b" },
      { type: "pressure", device: "cpu", level: "soft" },
    ],
  },
  "waits that end": { ...small, events: 6, wait: 1500, pauses: [600], without: ["closed", "load-failed", "pinned"] },
  "a zoo that closes": { ...small, events: 6, pauses: [600] },
};
