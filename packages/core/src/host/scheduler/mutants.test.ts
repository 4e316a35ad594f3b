import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { leavingUnits, schedule } from "./scheduler.ts";
import { search, type World } from "./scheduler-search.ts";

/** A bug planted in one line of one file, the world in which it shows, and what is said of it. */
interface Mutant {
  readonly bug: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly world: World;
  readonly broken: RegExp;
}

const [a, b, c] = [
  { name: "a", bytes: 60 },
  { name: "b", bytes: 60 },
  { name: "c", bytes: 30 },
];
const two: World = { budgets: { cpu: 100 }, units: [a, b], events: 5, without: ["closed", "load-failed"] };

const mutants: readonly Mutant[] = [
  {
    bug: "a load takes room that is promised to somebody ahead of it",
    file: "serve.ts",
    from: "add(this.#promised, needs);",
    to: "void needs;",
    world: { ...two, units: [a, { name: "large", bytes: 90 }, c], events: 4 },
    broken: /is loaded into room that large waits for/,
  },
  {
    bug: "what is reserved is not counted",
    file: "draft.ts",
    from: "add(this.free, reserved, -1);",
    to: "",
    world: { ...two, events: 3 },
    broken: /more is reserved on cpu than there is/,
  },
  {
    bug: "a leased unit is unloaded",
    file: "settle.ts",
    from: "unit.leases > 0 || draft.held.has(place)",
    to: "draft.held.has(place)",
    world: two,
    broken: /a is unloaded while leased/,
  },
  {
    bug: "a pinned unit makes room",
    file: "make-room.ts",
    from: "draft.leaving[place] === undefined && !unit.pinned",
    to: "draft.leaving[place] === undefined",
    world: {
      ...two,
      units: [{ ...a, bytes: 40, pinned: true }, b, { ...c, bytes: 40 }],
      without: ["crashed", "closed"],
    },
    broken: /a is pinned and is to leave/,
  },
  {
    bug: "a measured excess is answered by nobody",
    file: "make-room.ts",
    from: "if (excess <= 0 || resource === undefined) continue;",
    to: "if (excess >= 0) continue;",
    world: {
      ...two,
      units: [
        { ...a, bytes: 40 },
        { ...b, bytes: 40 },
      ],
      sizes: [70],
    },
    broken: /stays though cpu is over its budget/,
  },
  {
    bug: "a request waits for what can never fit",
    file: "refuse-hopeless.ts",
    from: "return lack === undefined ? undefined :",
    to: "return lack !== undefined ? undefined :",
    world: { ...two, units: [a, { name: "huge", bytes: 200 }], events: 2 },
    broken: /can never fit|is ready|waits/,
  },
  {
    bug: "a request outlives its limit",
    file: "refuse-hopeless.ts",
    from: "draft.now < request.until ? undefined",
    to: "draft.now < Infinity ? undefined",
    world: { ...two, wait: 500, pauses: [600], events: 4 },
    broken: /beyond its limit/,
  },
  {
    bug: "one that cannot be helped holds room",
    file: "serve.ts",
    from: "this.#isInReach(needs, demand.rank))) return;",
    to: "this.#isInReach(needs, demand.rank))) return this.#promise(needsOf(unit, 0));",
    world: {
      ...two,
      units: [{ name: "high", bytes: 40, priority: "high" }, { name: "large", bytes: 90 }, c],
      events: 5,
    },
    broken: /waits though there is room/,
  },
  {
    bug: "classes are not looked at when room is handed out",
    file: "demands.ts",
    from: "a.rank - b.rank || a.order - b.order",
    to: "a.order - b.order",
    world: {
      ...two,
      units: [a, b, { ...c, bytes: 60 }],
      classes: ["low", "high"],
      without: ["crashed", "closed", "pinned"],
    },
    broken: /is loaded into room that . waits for|draining never ends/,
  },
  {
    bug: "an urgent request waits behind others",
    file: "apply-event.ts",
    from: "waiting.splice(i, 0, unit.isAsked",
    to: "waiting.splice(waiting.length, 0, unit.isAsked",
    world: { ...two, classes: ["low", "high"], events: 3 },
    broken: /an urgent request for a waits behind/,
  },
  {
    bug: "a crash under a lease is not made good",
    file: "apply-event.ts",
    from: "(leases > 0 || pinned) && !draft.closed",
    to: "pinned && !draft.closed",
    world: two,
    broken: /crashed under its leases/,
  },
  {
    bug: "a failed unit is loaded before its pause is over",
    file: "apply-event.ts",
    from: 'draft.change(place, { phase: pauses ? "failed" : "cold", placement: undefined, reserved: nothing })',
    to: 'draft.change(place, { phase: "cold", placement: undefined, reserved: nothing })',
    world: { ...two, without: ["closed"], events: 5 },
    broken: /before its pause is over/,
  },
  {
    bug: "memory is given back before the runner is gone",
    file: "draft.ts",
    from: '{ phase: "draining", drains: reason, leftAt: undefined }',
    to: '{ phase: "draining", drains: reason, leftAt: undefined, reserved: [] }',
    world: two,
    broken: /waits though|left undone|no room|beside|is draining/,
  },
  {
    bug: "a unit goes on giving leases after it was asked to leave",
    file: "serve.ts",
    from: "!request.isAfterUnload && request.since <",
    to: "request.since <=",
    world: two,
    broken: /gives leases though it was asked to leave/,
  },
  {
    bug: "too many load at a time, or too few",
    file: "serve.ts",
    from: "(this.#loading.get(device) ?? 0) < limit",
    to: "(this.#loading.get(device) ?? 0) < limit - 1",
    world: { ...two, units: [c, { ...c, name: "d" }], maxLoading: () => 2, events: 3 },
    broken: /waits though there is room/,
  },
  {
    bug: "a unit is forgotten under those who wait for it",
    file: "remove-unit.ts",
    from: "unit.leases > 0 || unit.waiting.length > 0",
    to: "unit.leases > 0",
    world: { ...two, also: [{ type: "unit-removed", unit: "a" }], events: 4 },
    broken: /a is forgotten while it is cold, held or waited for/,
  },
  {
    bug: "a unit is forgotten before its memory is back",
    file: "remove-unit.ts",
    from: "!isDown(unit) || ",
    to: "",
    world: { ...two, also: [{ type: "unit-removed", unit: "a" }], events: 4 },
    broken: /a is forgotten while it is (loading|ready|draining)/,
  },
  {
    bug: "those behind a unit that is forgotten are looked for where they were",
    file: "remove-unit.ts",
    from: "=> [each, at]",
    to: "=> [each, at >= place ? at + 1 : at]",
    world: { ...two, also: [{ type: "unit-removed", unit: "a" }], events: 2 },
    broken: /b is not where it is looked for/,
  },
  {
    bug: "the models of a unit behind one that is forgotten are forgotten with it",
    file: "remove-unit.ts",
    from: "[name, ...models].map(",
    to: "[name].map(",
    world: {
      ...two,
      units: [a, { name: "group", models: ["b", "c"], bytes: 30 }],
      also: [{ type: "unit-removed", unit: "a" }],
      events: 2,
    },
    broken: /c is not found, though group answers for it/,
  },
  {
    bug: "a unit answers for the first of its models alone",
    file: "add-unit.ts",
    from: "const names = [added.name, ...models];",
    to: "const names = [added.name, models[0] ?? added.name];",
    world: { ...two, units: [{ name: "group", models: ["b", "c"], bytes: 30 }], events: 2 },
    broken: /c is (not found|refused as unknown), though group answers for it/,
  },
  {
    bug: "an offer takes the last of the room",
    file: "offer.ts",
    from: "budget * offeredShare",
    to: "budget",
    world: { ...two, units: [a, c], also: [{ type: "offered", unit: "c" }], events: 3 },
    broken: /c is loaded as an offer, and little is left of cpu/,
  },
  {
    bug: "an offer is taken before those who wait",
    file: "offer.ts",
    from: " || demands(draft).length > 0",
    to: "",
    world: {
      ...two,
      units: [{ ...a, bytes: 50 }, { name: "large", bytes: 90 }, c],
      also: [{ type: "offered", unit: "c" }],
      events: 4,
    },
    broken: /c is loaded as an offer before those who wait/,
  },
  {
    bug: "what is kept no more stays a part of the goal",
    file: "apply-event.ts",
    from: "...(pinned ? {} : { goal: undefined })",
    to: "",
    world: {
      ...two,
      also: [
        { type: "goal", keep: ["a"] },
        { type: "kept", unit: "a", priority: "medium", required: false, pinned: false },
      ],
      events: 3,
    },
    broken: /a is not pinned and a part of the goal/,
  },
];

const source = import.meta.dirname;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "scheduler-mutants-"));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

test("the worlds of the mutants are sound without them", () => {
  for (const { bug, world } of mutants)
    expect(search(world, { schedule, leaving: leavingUnits }).counterexample, bug).toEqual([]);
});

test.each(mutants)("the rules tell of it where $bug", async ({ bug, file, from, to, world, broken }) => {
  const place = join(folder, bug.replaceAll(/\W+/g, "-"));
  for (const name of await readdir(source))
    if (name.endsWith(".ts") && !name.endsWith(".test.ts")) await cp(join(source, name), join(place, name));
  const text = await readFile(join(source, file), "utf8");
  expect(text.split(from), `${file} has the line once`).toHaveLength(2);
  await writeFile(join(place, file), text.replace(from, to));
  const mutant = (await import(pathToFileURL(join(place, "scheduler.ts")).href)) as {
    schedule: typeof schedule;
    leavingUnits: typeof leavingUnits;
  };
  const found = search(world, { schedule: mutant.schedule, leaving: mutant.leavingUnits });
  expect(found.counterexample.join("\n")).toMatch(broken);
});
