import type { ClassificationAnnotation, DrawableAnnotation, SegmentationAnnotation } from "./annotation.ts";
import { cssColour, depthRamp, distinctColour, type Rgb } from "./colour.ts";
import { fixed } from "./overlay.ts";
import { shortenText, textSvg, textWidth, wrapText } from "./stroke-font.ts";

export interface Panel {
  /** SVG elements from y = 0 on. */
  readonly svg: string;
  readonly height: number;
}

const ink = "rgb(235,236,240)";
const faint = "rgb(150,154,165)";

/** What stands below the picture: captions, labels with bars, the legend of a segmentation or of a depth map. */
export function panelBelow(annotations: readonly DrawableAnnotation[], width: number, text: number): Panel {
  const margin = text * 1.2;
  let svg = "";
  let y = margin;
  for (const annotation of annotations) {
    const part = partOf(annotation, width - 2 * margin, text);
    if (part === undefined) continue;
    svg += `<g transform="translate(${fixed(margin)} ${fixed(y)})">${part.svg}</g>`;
    y += part.height + margin;
  }
  return svg === "" ? { svg: "", height: 0 } : { svg, height: Math.ceil(y) };
}

function partOf(annotation: DrawableAnnotation, width: number, text: number): Panel | undefined {
  switch (annotation.kind) {
    case "caption":
      return captionPart(annotation.text, width, text);
    case "classification":
      return annotation.labels.length === 0 ? undefined : classificationPart(annotation, width, text);
    case "segmentation":
      return segmentationPart(annotation, width, text);
    case "depth":
      return depthPart(width, text);
    default:
      return undefined;
  }
}

const lineHeight = 1.9;

function captionPart(caption: string, width: number, text: number): Panel {
  const lines = wrapText(caption, width, text);
  const svg = lines.map((line, i) => textSvg(line, 0, i * text * lineHeight, text, ink)).join("");
  return { svg, height: ((lines.length - 1) * lineHeight + 1.3) * text };
}

function classificationPart({ labels }: ClassificationAnnotation, width: number, text: number): Panel {
  const row = text * 2.2;
  const numbers = textWidth("0.000", text);
  const widest = labels.reduce((most, { label }) => Math.max(most, textWidth(label, text)), 0);
  const names = Math.min(widest, width * 0.45);
  const bars = Math.max(width - names - numbers - 2 * text, 0);
  let svg = "";
  for (const [i, { label, score }] of labels.entries()) {
    const y = i * row;
    const filled = bars * Math.min(Math.max(score, 0), 1);
    const bar = (length: number, paint: string): string =>
      `<rect x="${fixed(names + text)}" y="${fixed(y - text * 0.1)}" width="${fixed(length)}" height="${fixed(text * 1.2)}" rx="${fixed(text * 0.3)}" ${paint}/>`;
    svg += textSvg(shortenText(label, names, text), 0, y, text, ink);
    svg += bar(bars, 'fill="#fff" fill-opacity="0.08"');
    if (filled > 0) svg += bar(Math.max(filled, text * 0.3), `fill="${cssColour(distinctColour(i))}"`);
    svg += textSvg(score.toFixed(3), width - numbers, y, text, faint);
  }
  return { svg, height: (labels.length - 1) * row + text * 1.2 };
}

function segmentationPart(
  { classes, names, unpainted = [] }: SegmentationAnnotation,
  width: number,
  text: number,
): Panel {
  const counts = new Uint32Array(256);
  for (const label of classes.data) counts[label] = (counts[label] as number) + 1;
  const present = [...counts.keys()].filter((label) => (counts[label] as number) > 0);
  present.sort((a, b) => (counts[b] as number) - (counts[a] as number));
  let svg = "";
  let [x, y] = [0, 0];
  for (const label of present) {
    const share = `${((100 * (counts[label] as number)) / classes.data.length).toFixed(1)}%`;
    const name = shortenText(names[label] ?? `class ${label}`, width * 0.6, text);
    const entry = text * 2.2 + textWidth(name, text) + text * 0.7 + textWidth(share, text);
    if (x > 0 && x + entry > width) [x, y] = [0, y + text * 2.2];
    const paint = unpainted.includes(label)
      ? `fill="none" stroke="${faint}" stroke-width="${fixed(text * 0.12)}"`
      : `fill="${cssColour(distinctColour(label))}"`;
    svg += `<rect x="${fixed(x)}" y="${fixed(y - text * 0.2)}" width="${fixed(text * 1.4)}" height="${fixed(text * 1.4)}" rx="${fixed(text * 0.35)}" ${paint}/>`;
    svg += textSvg(name, x + text * 2.2, y, text, ink);
    svg += textSvg(share, x + text * 2.9 + textWidth(name, text), y, text, faint);
    x += entry + text * 2;
  }
  return { svg, height: y + text * 1.3 };
}

function depthPart(width: number, text: number): Panel {
  const ramp = depthRamp();
  const stops = Array.from({ length: 17 }, (_, i) => {
    const at = Math.round((i * 255) / 16) * 3;
    const colour = [ramp[at], ramp[at + 1], ramp[at + 2]] as unknown as Rgb;
    return `<stop offset="${fixed(i / 16)}" stop-color="${cssColour(colour)}"/>`;
  }).join("");
  const side = text * 0.8;
  const [far, near] = [textWidth("far", text) + side, textWidth("near", text) + side];
  const bar = Math.max(width - far - near, 0);
  const svg =
    `<defs><linearGradient id="depth">${stops}</linearGradient></defs>${textSvg("far", 0, 0, text, ink)}` +
    `<rect x="${fixed(far)}" y="0" width="${fixed(bar)}" height="${fixed(text)}" rx="${fixed(text * 0.3)}" fill="url(#depth)"/>` +
    textSvg("near", far + bar + side, 0, text, ink);
  return { svg, height: text * 1.1 };
}
