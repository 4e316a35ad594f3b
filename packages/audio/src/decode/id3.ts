import { latin } from "./latin.ts";

/** Where the bytes go on after the ID3v2 tags that they begin with (ID3v2.4, section 3.1: sizes in 4 times 7 bits). */
export function afterId3(bytes: Uint8Array): number {
  let at = 0;
  while (latin(bytes, at, at + 3) === "ID3" && at + 10 <= bytes.length) {
    const [a = 0, b = 0, c = 0, d = 0] = bytes.subarray(at + 6, at + 10);
    const hasFooter = ((bytes[at + 5] as number) & 0x10) !== 0;
    at += 10 + ((a & 0x7f) << 21) + ((b & 0x7f) << 14) + ((c & 0x7f) << 7) + (d & 0x7f) + (hasFooter ? 10 : 0);
  }
  return Math.min(at, bytes.length);
}
