/** A name as one part of a path, whatever it holds; undefined for what a path takes for none: "", "." and "..". */
export function inPath(name: string): string | undefined {
  const text = String(name);
  return /^\.{0,2}$/.test(text) ? undefined : encodeURIComponent(text.toWellFormed());
}
