/**
 * The text of a file: UTF-8, or UTF-16 where a byte order mark says so; the mark is left out.
 * @throws Error whose message goes on after the file's name: what it is instead, and the command that makes UTF-8 of it
 */
export function decodedText(bytes: Uint8Array): string {
  const utf16 =
    bytes[0] === 0xff && bytes[1] === 0xfe
      ? "utf-16le"
      : bytes[0] === 0xfe && bytes[1] === 0xff
        ? "utf-16be"
        : undefined;
  let text: string;
  try {
    text = new TextDecoder(utf16 ?? "utf-8", { fatal: true }).decode(bytes);
  } catch {
    if (utf16 !== undefined) throw new Error("begins as UTF-16 and is cut off or damaged");
    const line = lineOfFault(bytes);
    throw new Error(`is not UTF-8 (line ${line}). Convert it, for example with: iconv -f WINDOWS-1252 -t UTF-8 FILE`);
  }
  if (text.includes("\0"))
    throw new Error("is not UTF-8: it has zero bytes. Convert it, for example with: iconv -f UTF-16LE -t UTF-8 FILE");
  return text;
}

/** The line of the first bytes that are no UTF-8, from 1. */
function lineOfFault(bytes: Uint8Array): number {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let line = 1;
  for (let from = 0; from < bytes.length; line++) {
    const end = bytes.indexOf(0x0a, from);
    const to = end < 0 ? bytes.length : end + 1;
    try {
      decoder.decode(bytes.subarray(from, to));
    } catch {
      return line;
    }
    from = to;
  }
  return line;
}
