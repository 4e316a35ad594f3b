/**
 * `htk`: `2595 log10(1 + f / 700)`; `slaney`: linear below 1 kHz, logarithmic above (Slaney's Auditory Toolbox);
 * `kaldi`: `1127 ln(1 + f / 700)`.
 */
export type MelScale = "htk" | "slaney" | "kaldi";

export function hertzToMel(hertz: number, scale: MelScale): number {
  if (scale === "htk") return 2595 * Math.log10(1 + hertz / 700);
  if (scale === "kaldi") return 1127 * Math.log(1 + hertz / 700);
  return hertz < 1000 ? (3 * hertz) / 200 : 15 + Math.log(hertz / 1000) * (27 / Math.log(6.4));
}

export function melToHertz(mel: number, scale: MelScale): number {
  if (scale === "htk") return 700 * (10 ** (mel / 2595) - 1);
  if (scale === "kaldi") return 700 * (Math.exp(mel / 1127) - 1);
  return mel < 15 ? (200 * mel) / 3 : 1000 * Math.exp((mel - 15) * (Math.log(6.4) / 27));
}
