import { affirmed, isAffirmed, type Mention, mentionsOf, tokensOf, type Vocabulary } from "./mentions.ts";

/** What a caption says of a vehicle. Nothing is guessed: what it does not say is not there. */
export interface VehicleAttributes {
  /** Of the vehicle, not of what stands around it; in the text's order, the main one first. */
  colours: VehicleColour[];
  /** The first that is named; `undefined` where the text says "car", "vehicle" or nothing. */
  body_type: VehicleBodyType | undefined;
  /** In somebody's service: a delivery van, a taxi, a company's name on it. `undefined` where nothing speaks for or against it. */
  is_commercial: boolean | undefined;
  /** What is written on it, where it is commercial. */
  commercial_text: string | undefined;
}

export type VehicleColour =
  | "black"
  | "white"
  | "silver"
  | "grey"
  | "red"
  | "blue"
  | "green"
  | "yellow"
  | "orange"
  | "brown"
  | "gold"
  | "beige"
  | "tan"
  | "purple"
  | "maroon"
  | "pink";
export type VehicleBodyType =
  | "sedan"
  | "suv"
  | "hatchback"
  | "coupe"
  | "convertible"
  | "station_wagon"
  | "minivan"
  | "pickup"
  | "van"
  | "semi_truck"
  | "truck"
  | "bus"
  | "motorcycle";

/**
 * Reads a caption of a vehicle, or an answer about one.
 * @param written what the prompt `ocr` or `region_ocr` answered about it
 */
export function vehicleAttributes(caption: string, written = ""): VehicleAttributes {
  const tokens = tokensOf(caption);
  const found = mentionsOf(tokens, bodyTypes).find(({ isDenied }) => !isDenied);
  const isNamed = affirmed(written, companies, noCompanies).length > 0;
  const is_commercial = isNamed ? true : isAffirmed(caption, commercial, noCompanies);
  const text = written.trim();
  return {
    colours: coloursOf(tokens),
    body_type: found?.name,
    is_commercial,
    commercial_text: is_commercial === true && text !== "" ? text : undefined,
  };
}

const colours: Vocabulary<VehicleColour> = {
  black: [],
  white: [],
  silver: [],
  grey: ["gray"],
  red: [],
  blue: [],
  green: [],
  yellow: [],
  orange: [],
  brown: [],
  gold: ["golden"],
  beige: [],
  tan: [],
  purple: [],
  maroon: ["burgundy"],
  pink: [],
};

const bodyTypes: Vocabulary<VehicleBodyType> = {
  sedan: ["saloon"],
  suv: ["sport utility vehicle", "crossover"],
  hatchback: [],
  coupe: ["coupé"],
  convertible: ["cabriolet"],
  station_wagon: ["estate car", "wagon"],
  minivan: ["mini van"],
  pickup: ["pickup truck", "pick up truck"],
  van: ["cargo van", "delivery van"],
  semi_truck: ["semi", "semi trailer", "tractor trailer", "eighteen wheeler"],
  truck: ["box truck", "delivery truck", "lorry", "lorries"],
  bus: ["school bus", "minibus"],
  motorcycle: ["motorbike", "scooter", "moped"],
};

const vehicles: Vocabulary<string> = {
  ...bodyTypes,
  car: [],
  vehicle: [],
  automobile: [],
  taxi: ["cab"],
  ambulance: [],
  jeep: [],
};

const companies: Vocabulary<string> = {
  ...{ amazon: [], ups: [], fedex: ["fed ex"], usps: ["us mail", "united states postal service"], dhl: [], ontrac: [] },
  ...{ purolator: [], gls: [], dpd: [], hermes: [], "royal mail": [], "uber eats": [], doordash: [], instacart: [] },
};

const noCompanies = ["close ups", "pick ups", "push ups", "pull ups", "grown ups", "line ups"];

const commercial: Vocabulary<string> = {
  ...companies,
  "commercial vehicle": [
    "commercial van",
    "commercial truck",
    "work truck",
    "work van",
    "company car",
    "fleet vehicle",
  ],
  delivery: ["courier", "mail truck", "postal"],
  "semi truck": ["semi trailer", "tractor trailer", "box truck", "dump truck", "garbage truck", "tow truck"],
  taxi: ["taxi cab", "cab service"],
  // A maker's logo is on every car.
  "company logo": ["logo on the side", "logo on its side", "logo on the door", "company name", "business name"],
  lettering: ["branding", "advertisement", "commercial markings", "written on the side"],
};

/** Those that stand before a vehicle ("a red and white delivery truck"), or are said of it ("the car is dark blue"). */
function coloursOf(tokens: readonly string[]): VehicleColour[] {
  const named = mentionsOf(tokens, colours).filter(({ isDenied }) => !isDenied);
  const nouns = mentionsOf(tokens, vehicles);
  // An answer that is a colour and nothing else: "Dark red."
  const isAnswer = nouns.length === 0 && tokens.filter((token) => /\w/.test(token)).length <= 3;
  const isOfVehicle = ({ start, end }: Mention<VehicleColour>): boolean =>
    isAnswer ||
    nouns.some((noun) =>
      noun.start >= end
        ? leadsTo(tokens.slice(end, noun.start))
        : noun.end <= start && isSaidOf(tokens.slice(noun.end, start)),
    );
  return [...new Set(named.filter(isOfVehicle).map(({ name }) => name))];
}

/** Words that end what is said of one thing. */
const apart =
  /^(a|an|the|its|his|her|their|of|in|on|at|by|with|and|or|near|next|to|from|for|behind|beside|over|under|is|are|was|were|has|have|[.,;:!?()\n]|.*..ing)$/;

/** Whether words between a colour and a vehicle leave the colour the vehicle's; other colours may stand among them. */
function leadsTo(between: readonly string[]): boolean {
  const others = between.filter((token, i) => !isJoint(token, between[i + 1] ?? ""));
  return others.length <= 4 && !others.some((token) => apart.test(token));
}

/** Whether words between a vehicle and a colour say that the vehicle has it. */
function isSaidOf(between: readonly string[]): boolean {
  const [first = "", ...rest] = between.slice(between.findIndex((token) => !leading.test(token)));
  if (!/^(is|was|are|were|looks|appears|seems|painted)$/.test(first)) return false;
  return rest.every((token, i) => isJoint(token, rest[i + 1]) || degree.test(token));
}

// "The car, which is …", "the car's paint is …"
const leading = /^(,|which|that|colou?r|paint|body|exterior)$/;
const degree =
  /^(not|but|to|be|very|mostly|mainly|all|a|of|shade|dark|light|bright|deep|pale|metallic|matte|glossy|painted|in)$/;

/** "And" and commas before another colour, and the colours themselves. */
function isJoint(token: string, next: string | undefined): boolean {
  const isColour = (word: string | undefined): boolean => word !== undefined && mentionsOf([word], colours).length > 0;
  return isColour(token) || ((token === "and" || token === ",") && (next === undefined || isColour(next)));
}
