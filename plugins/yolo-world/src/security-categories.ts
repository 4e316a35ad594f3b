import type { DetectedObject, DetectObjectsInput } from "@menagerie/core";

export type Priority = "critical" | "high" | "medium" | "low";

/** Things to look for that are judged alike. */
export interface SecurityCategory {
  readonly name: string;
  readonly priority: Priority;
  /** The least score at which one of them counts: a missed weapon costs more than a false one. */
  readonly threshold: number;
  /** One label for each thing: two words for one thing would compete for its score. */
  readonly labels: readonly string[];
}

export interface SecurityFinding extends DetectedObject {
  category: string;
  priority: Priority;
}

/** What a camera at a house looks for. */
export const securityCategories: readonly SecurityCategory[] = [
  {
    name: "weapons",
    priority: "critical",
    threshold: 0.2,
    labels: ["knife", "handgun", "rifle", "baseball bat", "axe", "machete", "hammer", "sword"],
  },
  {
    name: "suspicious_items",
    priority: "high",
    threshold: 0.25,
    labels: ["crowbar", "bolt cutter", "lock pick", "balaclava", "flashlight", "spray can", "ladder", "screwdriver"],
  },
  {
    name: "packages",
    priority: "medium",
    threshold: 0.35,
    labels: ["cardboard box", "envelope", "mailer bag", "pizza box", "delivery tote"],
  },
  {
    name: "people",
    priority: "medium",
    threshold: 0.35,
    labels: ["person", "child", "courier", "police officer", "face mask", "hoodie", "gloves"],
  },
  { name: "bags", priority: "medium", threshold: 0.35, labels: ["backpack", "suitcase", "handbag", "duffel bag"] },
  {
    name: "vehicles",
    priority: "low",
    threshold: 0.4,
    labels: ["car", "truck", "van", "motorcycle", "bicycle", "bus", "scooter"],
  },
  {
    name: "vehicle_parts",
    priority: "low",
    threshold: 0.35,
    labels: ["license plate", "car door", "wheel", "headlight"],
  },
  {
    name: "animals",
    priority: "low",
    threshold: 0.45,
    labels: ["dog", "cat", "bird", "raccoon", "deer", "fox", "bear"],
  },
];

/** Every label of these categories, each once. */
export function securityLabels(categories: readonly SecurityCategory[] = securityCategories): string[] {
  return [...new Set(categories.flatMap(({ labels }) => labels))];
}

/** Labels of all categories of a priority. */
export function labelsOfPriority(priority: Priority): string[] {
  return securityLabels(securityCategories.filter((category) => category.priority === priority));
}

/** Weapons and tools of a break-in. */
export function threatLabels(): string[] {
  return [...labelsOfPriority("critical"), ...labelsOfPriority("high")];
}

/** What is delivered, and who delivers it. */
export function deliveryLabels(): string[] {
  return [...securityLabels(securityCategories.filter(({ name }) => name === "packages")), "courier"];
}

/** The category that a label belongs to; undefined for one of none. */
export function securityCategoryOf(label: string): SecurityCategory | undefined {
  return securityCategories.find(({ labels }) => labels.includes(label));
}

/**
 * The question that answers for these categories: its threshold is the least of theirs, so that none is hidden before
 * `securityFindings` has applied its own.
 */
export function securityQuestion(
  image: Uint8Array,
  categories: readonly SecurityCategory[] = securityCategories,
): DetectObjectsInput {
  return {
    image,
    labels: securityLabels(categories),
    threshold: Math.min(1, ...categories.map(({ threshold }) => threshold)),
  };
}

/** What reaches the threshold of its category, the most pressing first, then the best. Labels of no category are left out. */
export function securityFindings(
  objects: readonly DetectedObject[],
  categories: readonly SecurityCategory[] = securityCategories,
): SecurityFinding[] {
  return objects
    .flatMap((object) => {
      const category = categories.find(({ labels }) => labels.includes(object.label));
      if (category === undefined || object.score < category.threshold) return [];
      return [{ ...object, category: category.name, priority: category.priority }];
    })
    .sort((a, b) => urgency.indexOf(a.priority) - urgency.indexOf(b.priority) || b.score - a.score);
}

const urgency: readonly Priority[] = ["critical", "high", "medium", "low"];
