import { paint } from "./output.ts";

/** Rows shown of a ranking where nobody says how many. */
export const shownMatches = 5;

/** A label with its score, 0 to 1, as a bar. */
export function bar(score: number, label: string): string {
  const width = 20;
  const filled = Math.round(score * width);
  return `  ${(score * 100).toFixed(1).padStart(5)} %  ${paint("green", "█".repeat(filled))}${paint("dim", "░".repeat(width - filled))}  ${label}`;
}
