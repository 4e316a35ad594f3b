/**
 * Lower-case hexadecimal SHA-256 (FIPS 180-4), computed here: a signature must be checkable wherever this package runs, and
 * browsers give no digest without a wait. For short texts; files are hashed by the platform.
 */
export function sha256(bytes: Uint8Array): string {
  const state = Uint32Array.from(initialState);
  const padded = withLength(bytes);
  const words = new Uint32Array(64);
  for (let start = 0; start < padded.byteLength; start += 64) {
    for (let i = 0; i < 16; i++) words[i] = padded.getUint32(start + 4 * i);
    for (let i = 16; i < 64; i++) words[i] = nextWord(words, i);
    addBlock(state, words);
  }
  return [...state].map((word) => word.toString(16).padStart(8, "0")).join("");
}

/** The message, a bit that is set, zeros, and the message's length in bits. */
function withLength(bytes: Uint8Array): DataView {
  const padded = new Uint8Array(64 * Math.ceil((bytes.length + 9) / 64));
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setBigUint64(padded.length - 8, 8n * BigInt(bytes.length));
  return view;
}

function nextWord(words: Uint32Array, i: number): number {
  const [a, b] = [words[i - 15] as number, words[i - 2] as number];
  const first = rotated(a, 7) ^ rotated(a, 18) ^ (a >>> 3);
  const second = rotated(b, 17) ^ rotated(b, 19) ^ (b >>> 10);
  return (words[i - 16] as number) + first + (words[i - 7] as number) + second;
}

function addBlock(state: Uint32Array, words: Uint32Array): void {
  let [a, b, c, d, e, f, g, h] = state as unknown as Eight;
  for (let i = 0; i < 64; i++) {
    const mixed = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25);
    const chosen = (e & f) ^ (~e & g);
    const first = (h + mixed + chosen + (roundWords[i] as number) + (words[i] as number)) | 0;
    const turned = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + turned + majority) | 0;
  }
  for (const [i, value] of [a, b, c, d, e, f, g, h].entries()) state[i] = (state[i] as number) + value;
}

function rotated(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}

type Eight = [number, number, number, number, number, number, number, number];

const primes = Array.from({ length: 312 }, (_, i) => i).filter(
  (n) => n > 1 && !Array.from({ length: n }, (_, i) => i).some((d) => d > 1 && n % d === 0),
);

/** The first 32 bits of what follows the point of a number. */
function fraction(value: number): number {
  return Math.floor((value - Math.floor(value)) * 2 ** 32);
}

// No root comes within 2^-6 of a step of these 32 bits, and an engine's roots are right to 2^-16 of one.
const initialState = primes.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));
const roundWords = Uint32Array.from(primes.slice(0, 64), (prime) => fraction(Math.cbrt(prime)));
