import type { DescribedObject, PictureBox } from "@menagerie/core";
import { mentionsOf, tokensOf, type Vocabulary } from "./mentions.ts";

/** What a picture shows that somebody who guards a place should look at. */
export interface SceneAnalysis {
  /** Weapons, masks, fire, broken glass. */
  unusual: SceneFinding[];
  tools: SceneFinding[];
  /** Things that the text says were left, or lie about with nobody near. */
  abandoned: SceneFinding[];
}

export interface SceneFinding {
  /** As it is said here, whatever the text calls it. */
  name: string;
  /** Pixels; there where the finding is an object's label. */
  box?: PictureBox | undefined;
}

/** What open-vocabulary detection is asked for by those who guard a place, one after the other. */
export const securityVocabulary: readonly string[] = [
  ...[
    "person",
    "face",
    "mask",
    "hoodie",
    "backpack",
    "package",
    "weapon",
    "knife",
    "gun",
    "crowbar",
    "tool",
    "vehicle",
  ],
  ...["car", "truck", "van", "motorcycle", "bicycle", "dog", "cat", "uniform", "badge", "clipboard"],
];

/**
 * Reads a caption, and objects with their labels as the prompts `dense_region_caption` and `object_detection` answer with them.
 * A thing that an object has is not said again for the caption.
 */
export function sceneAnalysis(caption: string, objects: readonly DescribedObject[] = []): SceneAnalysis {
  const find = (isFound: (text: string) => string[]): SceneFinding[] => {
    const placed = objects.flatMap(({ label, box }) => isFound(label).map((name) => ({ name, box })));
    const said = isFound(caption).filter((name) => !placed.some((found) => found.name === name));
    return [...placed, ...said.map((name) => ({ name }))];
  };
  return {
    unusual: find((text) => namesIn(text, unusual)),
    tools: find((text) => namesIn(text, tools)),
    abandoned: find(abandonedIn),
  };
}

const unusual: Vocabulary<string> = {
  weapon: ["gun", "pistol", "rifle", "handgun", "firearm", "knife", "knives", "machete", "baseball bat"],
  mask: ["balaclava", "ski mask", "face covered", "covered face"],
  fire: ["flames", "smoke", "burning"],
  "broken glass": ["broken window", "shattered glass", "smashed window"],
  "open door": ["door ajar", "door is open", "door left open"],
  crowbar: ["bolt cutter"],
};

const notUnusual = [
  "fire hydrant",
  "fire truck",
  "fire extinguisher",
  "fire escape",
  "fire station",
  "smoke detector",
  "nail gun",
];

const tools: Vocabulary<string> = {
  ...{
    ladder: [],
    crowbar: ["pry bar"],
    hammer: ["sledgehammer"],
    screwdriver: [],
    drill: [],
    saw: ["chainsaw", "hacksaw"],
  },
  ...{
    wrench: ["spanner"],
    pliers: [],
    shovel: [],
    axe: [],
    "bolt cutter": [],
    toolbox: ["tool box"],
    tool: [],
    rope: [],
  },
};

/** "Saw" is a verb more often than not. */
const noTools = ["he saw", "she saw", "they saw", "who saw", "i saw", "we saw"];

const things: Vocabulary<string> = {
  ...{ bag: ["handbag", "purse", "duffel bag"], backpack: [], package: ["parcel"], box: ["cardboard box"] },
  ...{ suitcase: ["luggage", "briefcase"], bicycle: ["bike"], car: ["vehicle"], cart: ["shopping cart"], stroller: [] },
};

const left = /^(abandoned|unattended|discarded|forgotten)$/;

function namesIn(text: string, vocabulary: Vocabulary<string>): string[] {
  const found = mentionsOf(tokensOf(text), vocabulary, vocabulary === tools ? noTools : notUnusual);
  return [...new Set(found.filter(({ isDenied }) => !isDenied).map(({ name }) => name))];
}

/** "An abandoned blue suitcase", "the bag was left behind", "a box left unattended". */
function abandonedIn(text: string): string[] {
  const tokens = tokensOf(text);
  const found = mentionsOf(tokens, things).filter(({ start, end, isDenied }) => {
    if (isDenied) return false;
    const before = tokens.slice(Math.max(start - 3, 0), start);
    const isNear = before
      .slice(before.findLastIndex((token) => stop.test(token)) + 1)
      .some((token) => left.test(token));
    const after = tokens.slice(end, end + 4).join(" ");
    return (
      isNear ||
      /^(that |which )?(is |was |were |are |has been |lies |sits |sitting |lying )?(left|abandoned|unattended|discarded|forgotten)\b/.test(
        after,
      )
    );
  });
  return [...new Set(found.map(({ name }) => name))];
}

const stop = /^(a|an|the|and|or|with|of|in|on|near|by|[.,;:!?()\n])$/;
