/** The bytes as one character each, so that signatures can be written as strings; what lies outside is left out. */
export function latin(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(Math.max(from, 0), Math.max(to, 0)));
}
