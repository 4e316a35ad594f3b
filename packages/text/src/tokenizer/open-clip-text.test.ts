import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { cleanAsOpenClip, type OpenClipCleaning } from "./open-clip-text.ts";

// Made by tools/export/text/open_clip_cleaning.py with open_clip and ftfy.
const fixtures = new URL("../../fixtures/", import.meta.url);
const reference: { texts: (Record<OpenClipCleaning, string> & { text: string })[]; canonicalized: string } = JSON.parse(
  readFileSync(new URL("open-clip.json", fixtures), "utf8"),
);

describe("a text cleaned as open_clip cleans it", () => {
  it.each(reference.texts)("is open_clip's for $text", ({ text, ...cleaned }) => {
    const ours = Object.fromEntries(
      (Object.keys(cleaned) as OpenClipCleaning[]).map((cleaning) => [cleaning, cleanAsOpenClip(text, cleaning)]),
    );
    expect(ours).toEqual(cleaned);
  });

  it("is open_clip's for texts in ten scripts that ftfy does not take for wrongly decoded", () => {
    const texts: string[] = JSON.parse(readFileSync(new URL("tokenizers/texts.json", fixtures), "utf8"));
    const hashes = reference.canonicalized.split(" ");
    const checked = texts.map((_, i) => i).filter((i) => hashes[i] !== "-");
    const wrong = checked.filter((i) => hash(cleanAsOpenClip(texts[i] as string, "canonicalize")) !== hashes[i]);
    expect(checked.length).toBeGreaterThan(2500);
    expect(wrong.map((i) => texts[i])).toEqual([]);
  });
});

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 6);
}
