/** Whether bytes are those of a text: valid UTF-8 without control characters, but for a character that the end cuts. */
export function looksLikeText(bytes: Uint8Array): boolean {
  if (bytes.some((byte) => byte < 0x20 && !(byte >= 0x09 && byte <= 0x0d))) return false;
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}
