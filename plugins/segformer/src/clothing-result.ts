import { ModelError, type SegmentImageOutput } from "@menagerie/core";

/** What a person wears and carries. */
export interface ClothingItem {
  /** `upper_clothes`, `pants`, `shoes` … */
  readonly item: string;
  /** Part of the person's pixels, background left out; above 0 to 1. */
  readonly coverage: number;
}

export interface ClothingResult {
  /** Largest first. */
  readonly items: readonly ClothingItem[];
  /** Part of the picture's pixels that are person: everything but the background. */
  readonly person_coverage: number;
  readonly has_bag: boolean;
  /** Part of the head's pixels (face, hair, hat, sunglasses, scarf) that are face; undefined where no head is seen. */
  readonly face_visibility: number | undefined;
  /**
   * Hat, scarf or sunglasses are there and leave less than a quarter to the face. A hood or balaclava counts, since the model
   * calls it a hat or a scarf; a head seen from behind does not.
   */
  readonly is_face_covered: boolean;
}

const clothes = ["hat", "sunglasses", "upper_clothes", "skirt", "pants", "dress", "belt", "bag", "scarf", "shoes"];
const coverings = ["hat", "sunglasses", "scarf"];
/** Below this part of a face and what lies on it, the face counts as covered. */
const leastFace = 0.25;

/**
 * Reads the classes of a picture of one person, a crop as a rule, as clothes. Both shoes are one item before anything is left out,
 * and parts are parts of the person: how much background a crop has changes nothing.
 * @param minCoverage the least part of the person that counts, default: 0.01
 * @throws ModelError `input_invalid` for classes of another model
 */
export function clothingResult({ classes }: SegmentImageOutput, minCoverage = 0.01): ClothingResult {
  const parts = new Map<string, number>();
  for (const { label, coverage } of classes) {
    const name = nameOf(label);
    if (!known.has(name))
      throw new ModelError("input_invalid", `"${label}" is no class of clothes: the answer is of another model.`, {
        details: { label },
      });
    if (name !== "background") parts.set(name, (parts.get(name) ?? 0) + coverage);
  }
  const person = [...parts.values()].reduce((sum, coverage) => sum + coverage, 0);
  const partOf = (name: string): number => (parts.get(name) ?? 0) / (person || 1);
  const items = clothes
    .map((item) => ({ item, coverage: partOf(item) }))
    .filter(({ coverage }) => coverage > 0 && coverage >= minCoverage)
    .sort((a, b) => b.coverage - a.coverage);
  const covering = coverings.reduce((sum, name) => sum + partOf(name), 0);
  const face = partOf("face");
  const head = face + covering + partOf("hair");
  return {
    items,
    person_coverage: Math.min(person, 1),
    has_bag: items.some(({ item }) => item === "bag"),
    face_visibility: head >= minCoverage && head > 0 ? face / head : undefined,
    is_face_covered: covering > 0 && covering >= minCoverage && face < leastFace * (face + covering),
  };
}

const body = ["background", "hair", "face", "left_leg", "right_leg", "left_arm", "right_arm"];
const known = new Set([...clothes, ...body]);

/** `Upper-clothes` as `upper_clothes`; either shoe as `shoes`. */
function nameOf(label: string): string {
  const name = label.toLowerCase().replaceAll(/[^a-z]+/g, "_");
  return name.endsWith("_shoe") ? "shoes" : name;
}
