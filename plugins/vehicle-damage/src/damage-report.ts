import type { SegmentedObject } from "@menagerie/core";

/** CarDD's six kinds of damage. */
export type DamageType = "crack" | "dent" | "glass_shatter" | "lamp_broken" | "scratch" | "tire_flat";

export interface DamageReport {
  damages: {
    type: DamageType;
    score: number;
    box: SegmentedObject["box"];
    /** Pixels of the mask: of the picture, if its masks were asked for. */
    area: number;
  }[];
  /** Each kind that was found, in the order of the alphabet. */
  types: DamageType[];
  /** Broken glass or a broken lamp: what a break-in leaves. */
  has_high_security_damage: boolean;
  highest_score: number;
  /** Why the damage looks like more than wear; empty where it does not. */
  suspicions: DamageSuspicion[];
  /** Labels of the model that are no kind of damage known here. */
  unknown_labels: string[];
}

export type DamageSuspicion = "high_security_damage" | "damage_at_night" | "several_kinds" | "glass_and_lamp";

/**
 * The kind of damage that a label means, however a checkpoint spells it: "Glass shatter", "broken_lamps", "flat tyre".
 * Undefined for what is no damage of CarDD's.
 */
export function damageType(label: string): DamageType | undefined {
  const words = label.toLowerCase().replaceAll(/[^a-z]+/g, " ");
  return spellings.find(([spelling]) => spelling.test(words))?.[1];
}

/** Whether this kind of damage gives access or takes away light. */
export function isHighSecurityDamage(type: DamageType): boolean {
  return type === "glass_shatter" || type === "lamp_broken";
}

/** @param hour of the day at the place of the picture, 0 to 23; night is before 6 and from 22 on */
export function damageReport(objects: readonly SegmentedObject[], { hour }: { hour?: number } = {}): DamageReport {
  const damages = objects.flatMap(({ label, score, box, area }) => {
    const type = damageType(label);
    return type === undefined ? [] : [{ type, score, box, area }];
  });
  const types = [...new Set(damages.map(({ type }) => type))].sort();
  const has_high_security_damage = types.some(isHighSecurityDamage);
  const suspicions: DamageSuspicion[] = [];
  if (has_high_security_damage) suspicions.push("high_security_damage");
  if (damages.length > 0 && hour !== undefined && (hour < 6 || hour >= 22)) suspicions.push("damage_at_night");
  if (types.length >= 2) suspicions.push("several_kinds");
  if (types.includes("glass_shatter") && types.includes("lamp_broken")) suspicions.push("glass_and_lamp");
  return {
    damages,
    types,
    has_high_security_damage,
    highest_score: Math.max(0, ...damages.map(({ score }) => score)),
    suspicions,
    unknown_labels: [...new Set(objects.map(({ label }) => label).filter((label) => damageType(label) === undefined))],
  };
}

// Glass and lamps come before cracks: a "cracked lamp" is a broken lamp. But a "light scratch" is none, nor is a "slight dent".
const spellings: readonly (readonly [RegExp, DamageType])[] = [
  [/glass|window|windshield|windscreen/, "glass_shatter"],
  [/lamp|^light(?! scratch| dent| crack)|(?<!^|\bs)light/, "lamp_broken"],
  [/t[iy]re/, "tire_flat"],
  [/scratch/, "scratch"],
  [/\bdent/, "dent"],
  [/crack/, "crack"],
];
