import type { LabelCategory } from "@menagerie/embedding";

/** What wearing something says of a person at a door. */
export interface ClothingCategory extends LabelCategory {
  readonly name: "suspicious" | "delivery_branded" | "delivery_generic" | "utility_service" | "casual_civilian";
  readonly risk: "high" | "low" | "normal";
}

/**
 * What people at a door wear, and how sure one must be before saying so. Colours are a question of their own: in one softmax
 * with garments they would take from them what both deserve.
 */
export const clothingCategories: readonly ClothingCategory[] = [
  {
    name: "suspicious",
    risk: "high",
    threshold: 0.25,
    labels: [
      "a person in a dark hoodie with the hood over the face",
      "a person wearing a ski mask",
      "a person wearing a balaclava",
      "a person with a bandana over the mouth",
      "a person with a scarf hiding the face",
      "a person all in black with gloves",
      "a person with a face mask and sunglasses under a hood",
      "a person wearing a disguise",
      "a person in a motorcycle helmet away from any motorcycle",
    ],
  },
  {
    name: "delivery_branded",
    risk: "low",
    threshold: 0.35,
    labels: [
      "an Amazon delivery vest",
      "a FedEx uniform",
      "a UPS uniform in brown",
      "a DHL uniform in yellow and red",
      "a uniform of the United States postal service",
    ],
  },
  {
    name: "delivery_generic",
    risk: "low",
    threshold: 0.3,
    labels: [
      "a courier's uniform",
      "a delivery driver's polo shirt",
      "a pizza delivery uniform",
      "a food courier's jacket with a large square bag",
      "a mail carrier's uniform",
      "a mover's overalls",
    ],
  },
  {
    name: "utility_service",
    risk: "low",
    threshold: 0.35,
    labels: [
      "a high-visibility vest",
      "a hard hat and work clothes",
      "an electrician's work wear",
      "a plumber's overalls",
      "a painter's white overalls",
      "a gardener's work clothes",
      "a police uniform",
      "a firefighter's gear",
      "a paramedic's uniform",
      "a security guard's uniform",
      "a nurse's scrubs",
    ],
  },
  {
    name: "casual_civilian",
    risk: "normal",
    threshold: 0.4,
    labels: [
      "a t-shirt and jeans",
      "a casual jacket",
      "a dress",
      "a suit and tie",
      "a shirt and trousers",
      "a winter coat",
      "a raincoat",
      "sports clothes for running",
      "shorts and a shirt for summer",
      "a sweater",
      "a skirt and a blouse",
      "a school uniform",
    ],
  },
];

/** Every label of the table, each once: what `match-image` is to be asked about garments. */
export const clothingLabels: readonly string[] = clothingCategories.flatMap(({ labels }) => labels);

/** Labels of colours, for a question of their own. */
export const clothingColours: LabelCategory = {
  name: "colours",
  threshold: 0.35,
  labels: [
    "black clothes",
    "white clothes",
    "grey clothes",
    "red clothes",
    "blue clothes",
    "green clothes",
    "yellow clothes",
    "brown clothes",
    "clothes of many colours",
  ],
};
