import type { SegmentedObject } from "@menagerie/core";
import { expect, test } from "vitest";
import { type DamageType, damageReport, damageType } from "./damage-report.ts";

const found = (label: string, score = 0.5): SegmentedObject => ({
  label,
  score,
  box: { x1: 0, y1: 0, x2: 4, y2: 4 },
  mask: { size: [4, 4], counts: "0`0" },
  area: 16,
});

const spellings: [string, DamageType | undefined][] = [
  ["dent", "dent"],
  ["Dents", "dent"],
  ["scratches", "scratch"],
  ["crack", "crack"],
  ["glass shatter", "glass_shatter"],
  ["glass_shatter", "glass_shatter"],
  ["GlassShatters", "glass_shatter"],
  ["cracked windshield", "glass_shatter"],
  ["lamp broken", "lamp_broken"],
  ["broken-lamps", "lamp_broken"],
  ["lightBroken", "lamp_broken"],
  ["cracked tail light", "lamp_broken"],
  ["tail light crack", "lamp_broken"],
  ["light scratch", "scratch"],
  ["slight dent", "dent"],
  ["windscreen", "glass_shatter"],
  ["tire flat", "tire_flat"],
  ["flat_tyre", "tire_flat"],
  ["accident", undefined],
  ["car", undefined],
];

test.each(spellings)("%s means %s", (label, type) => {
  expect(damageType(label)).toBe(type);
});

test("a report names kinds once, counts what gives access, and says why it is suspicious", () => {
  const objects = [found("Dents", 0.9), found("dent"), found("glass shatter", 0.4), found("lamp_broken"), found("car")];
  expect(damageReport(objects, { hour: 23 })).toMatchObject({
    types: ["dent", "glass_shatter", "lamp_broken"],
    has_high_security_damage: true,
    highest_score: 0.9,
    suspicions: ["high_security_damage", "damage_at_night", "several_kinds", "glass_and_lamp"],
    unknown_labels: ["car"],
  });
  expect(damageReport(objects).damages).toHaveLength(4);
});

test("a scratch by day is nothing, by night it is; no damage is never suspicious", () => {
  expect(damageReport([found("scratch")], { hour: 12 }).suspicions).toEqual([]);
  expect(damageReport([found("scratch")]).suspicions).toEqual([]);
  for (const hour of [22, 0, 5])
    expect(damageReport([found("scratch")], { hour }).suspicions).toEqual(["damage_at_night"]);
  for (const hour of [6, 21]) expect(damageReport([found("scratch")], { hour }).suspicions).toEqual([]);
  expect(damageReport([], { hour: 3 })).toMatchObject({ suspicions: [], highest_score: 0, types: [] });
});
