import type { LabelCategory } from "@menagerie/embedding";

/** Worst first. */
export type ActionRisk = "critical" | "high" | "medium" | "low";

/** Actions that call for the same answer. */
export interface ActionCategory extends LabelCategory {
  readonly name: "high_risk" | "suspicious" | "fleeing" | "approaching" | "delivery" | "normal" | "stationary";
  readonly risk: ActionRisk;
}

/**
 * What people do in front of a house, and how sure one must be before saying so: the worse, the less sure. An action stands
 * in one category alone, so its risk follows from the table and not from words in its label.
 */
export const actionCategories: readonly ActionCategory[] = [
  {
    name: "high_risk",
    risk: "critical",
    threshold: 0.2,
    labels: [
      "a person breaking a window",
      "a person kicking a door",
      "a person forcing a door open",
      "a person picking a lock",
      "a person climbing through a window",
      "a person hitting another person",
      "people fighting",
      "a person holding a weapon",
      "a person vandalizing property",
      "a person setting something on fire",
    ],
  },
  {
    name: "suspicious",
    risk: "high",
    threshold: 0.25,
    labels: [
      "a person trying a door handle",
      "a person trying car doors",
      "a person looking into a window",
      "a person looking into a parked car",
      "a person climbing over a fence",
      "a person hiding behind something",
      "a person crouching near a door",
      "a person covering a camera",
      "a person looking around nervously",
      "a person taking a package from a porch",
    ],
  },
  {
    name: "fleeing",
    risk: "high",
    threshold: 0.25,
    labels: ["a person running away", "a person running away with a bag", "a person jumping over a fence to escape"],
  },
  {
    name: "approaching",
    risk: "medium",
    threshold: 0.3,
    labels: ["a person walking up to a door", "a person walking up a driveway", "a person running towards a house"],
  },
  {
    name: "delivery",
    risk: "low",
    threshold: 0.35,
    labels: [
      "a person delivering a package",
      "a person leaving a package at a door",
      "a person putting letters into a mailbox",
      "a person carrying boxes from a van",
      "a person handing over a meal",
    ],
  },
  {
    name: "normal",
    risk: "low",
    threshold: 0.4,
    labels: [
      "a person walking past",
      "a person walking a dog",
      "a person riding a bicycle",
      "a person talking on the phone",
      "a person ringing a doorbell",
      "a person knocking on a door",
      "a person taking letters out of a mailbox",
      "a person unlocking a door with a key",
      "a person getting into a car",
      "a person gardening",
      "children playing",
      "people talking to each other",
    ],
  },
  {
    name: "stationary",
    risk: "low",
    threshold: 0.4,
    labels: ["a person standing still", "a person sitting", "a person waiting at a door"],
  },
];

/** Every label of the table, each once: what `match-video` is to be asked. */
export const actionLabels: readonly string[] = actionCategories.flatMap(({ labels }) => labels);
