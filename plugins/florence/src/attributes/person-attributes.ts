import { affirmed, isAffirmed, type Mention, mentionsOf, tokensOf, type Vocabulary } from "./mentions.ts";

/** What a caption says of a person. Nothing is guessed: what it does not say is not there. */
export interface PersonAttributes {
  /** What is worn, with the colours that stand before it, in the text's order. */
  clothing: Garment[];
  /** What is carried, held or had along; not what lies or stands near. */
  carrying: Carried[];
  /** Works for a service: a uniform, a courier, a company's vest. `undefined` where nothing speaks for or against it. */
  is_service_worker: boolean | undefined;
  /** The first that is named. */
  action: PersonAction | undefined;
}

export interface Garment {
  name: GarmentName;
  colours: string[];
}

export type GarmentName =
  | "jacket"
  | "hoodie"
  | "sweater"
  | "shirt"
  | "vest"
  | "suit"
  | "dress"
  | "skirt"
  | "pants"
  | "shorts"
  | "uniform"
  | "hat"
  | "helmet"
  | "mask"
  | "gloves"
  | "scarf"
  | "glasses"
  | "shoes";
export type Carried =
  | "backpack"
  | "bag"
  | "suitcase"
  | "package"
  | "box"
  | "phone"
  | "umbrella"
  | "clipboard"
  | "tool"
  | "flashlight"
  | "weapon"
  | "bottle"
  | "child";
export type PersonAction =
  | "standing"
  | "walking"
  | "running"
  | "sitting"
  | "crouching"
  | "lying"
  | "climbing"
  | "riding"
  | "knocking"
  | "ringing"
  | "delivering"
  | "reaching"
  | "bending"
  | "pushing"
  | "talking"
  | "looking";

/** Reads a caption of a person, or an answer about one. */
export function personAttributes(caption: string): PersonAttributes {
  const tokens = tokensOf(caption);
  return {
    clothing: clothingOf(tokens),
    carrying: carriedOf(tokens),
    is_service_worker: isAffirmed(caption, service),
    action: affirmed(caption, actions)[0],
  };
}

const garments: Vocabulary<GarmentName> = {
  jacket: ["coat", "blazer", "windbreaker", "parka"],
  hoodie: ["hooded sweatshirt"],
  sweater: ["sweatshirt", "jumper", "cardigan"],
  shirt: ["t shirt", "tshirt", "tee shirt", "polo shirt", "blouse", "tank top"],
  vest: ["safety vest", "reflective vest", "high visibility vest"],
  suit: ["tuxedo"],
  dress: ["gown"],
  skirt: [],
  pants: ["trousers", "jeans", "leggings", "slacks", "sweatpants"],
  shorts: [],
  uniform: [],
  hat: ["cap", "beanie", "baseball cap"],
  helmet: ["hard hat"],
  mask: ["face mask", "balaclava", "ski mask"],
  gloves: ["glove"],
  scarf: ["scarves"],
  glasses: ["sunglasses", "eyeglasses"],
  shoes: ["shoe", "sneaker", "boot", "sandal"],
};

const colours: Vocabulary<string> = Object.fromEntries(
  [
    "black",
    "white",
    "silver",
    "grey",
    "red",
    "blue",
    "green",
    "yellow",
    "orange",
    "brown",
    "gold",
    "beige",
    "tan",
    "purple",
  ]
    .concat("maroon", "pink", "navy")
    .map((colour) => [colour, colour === "grey" ? ["gray"] : []]),
);

const portable: Vocabulary<Carried> = {
  backpack: ["rucksack", "knapsack"],
  bag: ["handbag", "purse", "tote bag", "shopping bag", "duffel bag", "plastic bag", "grocery bag"],
  suitcase: ["luggage", "briefcase"],
  package: ["parcel", "envelope"],
  box: ["cardboard box"],
  phone: ["cell phone", "smartphone", "mobile phone"],
  umbrella: [],
  clipboard: [],
  tool: ["hammer", "crowbar", "wrench", "screwdriver", "drill", "ladder", "toolbox"],
  flashlight: ["torch"],
  weapon: ["gun", "knife", "knives", "rifle", "pistol", "baseball bat"],
  bottle: ["cup"],
  child: ["baby", "toddler"],
};

const service: Vocabulary<string> = {
  uniform: ["in uniform", "uniformed"],
  "delivery person": ["delivery man", "delivery woman", "delivery driver", "delivery worker", "courier", "delivering"],
  "mail carrier": ["mailman", "postman", "postal worker"],
  "police officer": ["policeman", "firefighter", "paramedic", "security guard", "security officer"],
  "construction worker": ["maintenance worker", "utility worker", "repairman", "technician", "electrician", "plumber"],
  "safety vest": ["reflective vest", "high visibility vest", "hi vis vest", "hard hat"],
  "ups driver": ["ups uniform", "fedex driver", "fedex uniform", "amazon driver", "amazon vest", "usps uniform"],
};

const actions: Vocabulary<PersonAction> = {
  standing: ["stands"],
  walking: ["walks", "strolling"],
  running: ["runs", "jogging", "sprinting"],
  sitting: ["sits", "seated"],
  crouching: ["crouches", "kneeling", "squatting", "kneels"],
  lying: ["lying down", "laying down"],
  climbing: ["climbs"],
  riding: ["rides", "cycling"],
  knocking: ["knocks"],
  ringing: ["rings the doorbell", "pressing the doorbell"],
  delivering: ["delivers", "dropping off"],
  reaching: ["reaches"],
  bending: ["bends", "leaning", "leans"],
  pushing: ["pushes", "pulling", "pulls"],
  talking: ["talks", "speaking"],
  looking: ["looks at", "peering", "peeking"],
};

/** Words that end what stands before a garment: "a red car and a jacket" is no red jacket. */
const apart = /^(a|an|the|his|her|their|of|in|on|at|with|and|or|near|is|are|wearing|[.,;:!?()\n])$/;

function clothingOf(tokens: readonly string[]): Garment[] {
  const worn = mentionsOf(tokens, garments).filter(({ isDenied }) => !isDenied);
  const named = mentionsOf(tokens, colours);
  const all = worn.map(({ name, start }) => {
    const own = named.filter((colour) => colour.end <= start && leadsTo(tokens.slice(colour.end, start)));
    return { name, colours: own.map((colour) => colour.name) };
  });
  return all.filter(({ name }, i) => all.findIndex((other) => other.name === name) === i);
}

/** Whether words between a colour and a garment leave the colour the garment's; "and" joins it to the next colour alone. */
function leadsTo(between: readonly string[]): boolean {
  if (between[0] === "and" && mentionsOf(between.slice(1, 2), colours).length > 0) return leadsTo(between.slice(2));
  return between.length <= 3 && !between.some((token) => apart.test(token));
}

const holds =
  /^(carry|carries|carrying|carried|hold|holds|holding|has|have|having|with|wearing|pulling|pushing|delivering|bringing|using)$/;
const away = /^(near|next|beside|behind|toward|towards|by|against|at|into|from|front|[.;:!?()\n])$/;

/** What follows a word of holding, until the text says where: "with a dog next to a suitcase" carries no suitcase. */
function carriedOf(tokens: readonly string[]): Carried[] {
  const isHeld = ({ start, isDenied }: Mention<Carried>): boolean => {
    const last = tokens.slice(0, start).findLastIndex((token) => holds.test(token) || away.test(token));
    return !isDenied && holds.test(tokens[last] ?? "");
  };
  return [
    ...new Set(
      mentionsOf(tokens, portable)
        .filter(isHeld)
        .map(({ name }) => name),
    ),
  ];
}
