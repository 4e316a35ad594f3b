/** Red, green, blue, 0..255 each. */
export type Rgb = readonly [number, number, number];

/**
 * Colour `index` of a list without end in which neighbours differ: the hue turns by the golden angle at one lightness
 * and strength, lighter and darker by turns.
 */
export function distinctColour(index: number): Rgb {
  const lightness = [0.72, 0.64, 0.8][index % 3] as number;
  return fromOklch(lightness, 0.19, 27 + index * 137.508);
}

/** Black or white, whichever is easier to read on `background` (contrast ratio of WCAG 2.2). */
export function contrastingColour(background: Rgb): Rgb {
  const luminance = relativeLuminance(background);
  return (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05) ? [12, 12, 16] : [255, 255, 255];
}

/**
 * 256 colours from far (dark violet) to near (pale yellow), `[256, 3]`. Lightness rises by equal steps as the eye sees
 * them (OKLab), so that equal steps of depth look equal, in print and to the colour-blind too.
 */
export function depthRamp(): Uint8Array {
  const ramp = new Uint8Array(256 * 3);
  for (let i = 0; i < 256; i++) {
    const part = i / 255;
    const strength = 0.05 + 0.14 * Math.sin(Math.PI * part);
    ramp.set(fromOklch(0.14 + 0.82 * part, strength, 285 + 180 * part), 3 * i);
  }
  return ramp;
}

export function cssColour([red, green, blue]: Rgb): string {
  return `rgb(${red},${green},${blue})`;
}

/** OKLCH to sRGB (B. Ottosson, "A perceptual color space for image processing", 2020), as strong as the screen allows. */
function fromOklch(lightness: number, chroma: number, hueDegrees: number): Rgb {
  const hue = (hueDegrees * Math.PI) / 180;
  const linear = (strength: number): number[] =>
    fromOklab(lightness, strength * Math.cos(hue), strength * Math.sin(hue));
  const fits = (strength: number): boolean => linear(strength).every((value) => value > -1e-4 && value < 1.0001);
  let [low, high] = [0, chroma];
  if (fits(chroma)) low = chroma;
  // Halving, not steps: neighbours in a ramp must not jump.
  else
    for (let i = 0; i < 24; i++)
      [low, high] = fits((low + high) / 2) ? [(low + high) / 2, high] : [low, (low + high) / 2];
  return linear(low).map(toLevel) as unknown as Rgb;
}

function fromOklab(lightness: number, a: number, b: number): number[] {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

function toLevel(linear: number): number {
  const value = Math.min(Math.max(linear, 0), 1);
  return Math.round(255 * (value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055));
}

function relativeLuminance(colour: Rgb): number {
  const [red, green, blue] = colour.map((level) => {
    const value = level / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as unknown as Rgb;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
