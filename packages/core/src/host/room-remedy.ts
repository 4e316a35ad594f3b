/** What to do for a model that does not fit: with nobody kept it would not fit either, where it needs more than there is. */
export function roomRemedy(device: string, bytes: number, budget: number): string {
  const [to, fewer] = bytes > budget ? [` to ${Math.ceil(bytes / 1e6)} or more`, ""] : ["", "keep fewer models warm, "];
  return `Raise memory_mb.${device} of the zoo spec${to}, ${fewer}or choose a smaller model or precision.`;
}
