import type { DescribedObject, DescribeImageOutput, OutlinedObject, TextQuad } from "@menagerie/core";
import { type AnswerKind, locationBins, type PictureSize } from "./florence-prompt.ts";
import { pythonSpace, pythonStrip } from "./python-text.ts";

/**
 * What a generated text says, as `Florence2PostProcessor` of transformers 5.23 reads it: coordinates are the middles of
 * bins, cut to whole pixels; labels lose what is not ASCII; a text that fits no pattern says nothing.
 * @param written the decoded ids, special tokens kept
 * @param banned phrases that grounding leaves out
 */
export function florenceAnswer(
  written: string,
  kind: AnswerKind,
  size: PictureSize,
  banned: ReadonlySet<string>,
): DescribeImageOutput {
  if (kind === "text") return { text: pythonStrip(written.replaceAll("<s>", "").replaceAll("</s>", "")) };
  const text = ["<s>", "</s>", "<pad>"].reduce((rest, mark) => rest.replaceAll(mark, ""), written);
  switch (kind) {
    case "quads":
      return { text, quads: quads(text, size) };
    case "grounding":
      return { text, objects: objects(text, described, size, banned) };
    case "objects":
      return { text, objects: objects(text, described, size) };
    case "boxes":
      return { text, objects: objects(text, bare, size) };
    case "polygons":
      return { text, polygons: outlines(text, bareOutlines, size) };
    case "objects_or_polygons":
      // Looked for before the marks are taken away, which could join two halves of this one.
      return written.includes("<poly>")
        ? { text, objects: [], polygons: outlines(text, describedOutlines, size) }
        : { text, objects: objects(text, described, size), polygons: [] };
  }
}

// Python's `\d` has the digits of all scripts, its `.` all but the line feed, and its `$` stands before a last line feed too.
const location = "<loc_(\\p{Nd}+)>";
const anyLocation = "<loc_\\p{Nd}+>";
const locations = new RegExp(location, "gu");
const quad = new RegExp(`([^\\n]+?)${location.repeat(8)}`, "gu");
const box = new RegExp(location.repeat(4), "gu");
const described = new RegExp(`[^<]+(?:${anyLocation}){4,}`, "gu");
const bare = new RegExp(`(?:${anyLocation}){4,}`, "gu");
const outlineMark = `(?:${anyLocation}|<sep>|<poly>|</poly>)`;
const describedOutlines = new RegExp(`[^<]+${outlineMark}{4,}`, "gu");
const bareOutlines = new RegExp(`${outlineMark}{4,}`, "gu");
const outlined = /<poly>([^\n]*?)<\/poly>/gu;
const outline = new RegExp(`((?:${anyLocation})+)(?:<sep>|(?=\\n?(?![^])))`, "gu");
const ends = "<od>|</od>|<box>|</box>|<bbox>|</bbox>|<loc_";
const phrase = new RegExp(`^${pythonSpace}*[^\\n]*?(?=${ends})`, "u");
const outlinedPhrase = new RegExp(`^${pythonSpace}*[^\\n]*?(?=${ends}|<poly>)`, "u");

function quads(text: string, size: PictureSize): TextQuad[] {
  return [...text.matchAll(quad)].map(([, content = "", ...bins]) => ({
    text: pythonStrip(content),
    quad: coordinates(bins, size),
  }));
}

function objects(text: string, run: RegExp, size: PictureSize, banned?: ReadonlySet<string>): DescribedObject[] {
  return (text.match(run) ?? []).flatMap((found) => {
    const label = labelOf(found, phrase);
    if (label === undefined || banned?.has(label)) return [];
    return [...found.matchAll(box)].map(([, ...bins]) => {
      const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = coordinates(bins, size);
      return { label: ascii(label), box: { x1, y1, x2, y2 } };
    });
  });
}

/** Each `<poly>…</poly>` is an object of its own; `<sep>` parts its outlines. A place without its partner is left out. */
function outlines(text: string, run: RegExp, size: PictureSize): OutlinedObject[] {
  return (text.match(run) ?? []).flatMap((found) => {
    const label = labelOf(found.replace(firstLocation, ""), outlinedPhrase);
    if (label === undefined) return [];
    const isMarked = found.includes("<poly>") && found.includes("</poly>");
    const instances = isMarked ? [...found.matchAll(outlined)].map(([, inner = ""]) => inner) : [found];
    return instances.flatMap((instance) => {
      const polygons = [...instance.matchAll(outline)].map(([, run = ""]) => {
        const bins = [...run.matchAll(locations)].map(([, bin = ""]) => bin);
        return coordinates(bins.slice(0, bins.length - (bins.length % 2)), size);
      });
      return polygons.length === 0 ? [] : [{ label, polygons }];
    });
  });
}

const firstLocation = new RegExp(`^${anyLocation}`, "u");

function labelOf(found: string, pattern: RegExp): string | undefined {
  const label = pattern.exec(found)?.[0];
  return label === undefined ? undefined : pythonStrip(label);
}

function ascii(label: string): string {
  return label.replace(/[^\0-\x7f]/gu, "");
}

/** Pixels of bins, x and y in turn. In float32, as the reference multiplies, and cut to whole numbers. */
function coordinates(bins: readonly string[], { width, height }: PictureSize): number[] {
  return bins.map((bin, i) => {
    const perBin = Math.fround((i % 2 === 0 ? width : height) / locationBins);
    return Math.trunc(Math.fround(Math.fround(numberOf(bin) + 0.5) * perBin));
  });
}

/** Digits of every script count: each script's ten follow each other in Unicode, from the one that stands for zero. */
function numberOf(digits: string): number {
  return Array.from(digits).reduce((sum, digit) => sum * 10 + digitOf(digit.codePointAt(0) as number), 0);
}

function digitOf(code: number): number {
  if (code < 0x80) return code - 0x30;
  let zero = code;
  // Mathematical digits stand in a row of five times ten.
  while (isDigit.test(String.fromCodePoint(zero - 1))) zero--;
  return (code - zero) % 10;
}

const isDigit = /\p{Nd}/u;
