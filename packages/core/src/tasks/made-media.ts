/** Two inputs of one kind that have nothing in common, made here so that a model can be asked where no file is at hand. */
export type Made = "first" | "second";

/** A picture of 320 x 240 pixels, as PNG. */
export function madePicture(which: Made): Uint8Array {
  return png(320, 240, which === "first" ? sunset : tiles);
}

/** A recording of a second at 16 kHz, as WAV. */
export function madeRecording(which: Made): Uint8Array {
  return wav(which === "first" ? tone : hiss);
}

export function madeText(which: Made): string {
  return which === "first" ? "a photo of a cat" : "two red cars in the rain";
}

type Colour = readonly [red: number, green: number, blue: number];

/** A disc before a smooth sky. */
function sunset(x: number, y: number): Colour {
  if (Math.hypot(x - 110, y - 90) < 45) return [250, 220, 90];
  return y < 170 ? [200 - y / 2, 90 + y / 3, 120 + x / 4] : [30, 60 + (y - 170) / 2, 40];
}

/** Tiles with a grain that no two pixels share. */
function tiles(x: number, y: number): Colour {
  const grain = ((x * 73_856_093) ^ (y * 19_349_663)) & 63;
  return ((x >> 5) + (y >> 5)) % 2 === 0
    ? [20 + grain, 40 + grain, 150 + grain]
    : [190 + grain, 180 + grain, 60 + grain];
}

const rate = 16_000;

/** A voice's pitch with overtones, swelling. */
function tone(second: number): number {
  const wave = [1, 2, 3, 5].reduce((sum, n) => sum + Math.sin(2 * Math.PI * 140 * n * second) / n, 0);
  return 0.3 * wave * Math.sin(Math.PI * second);
}

/** Noise that rises, the same at every call. */
function hiss(second: number): number {
  const turns = Math.sin(second * rate * 12.9898) * 43_758.5453;
  return 0.4 * second * (2 * (turns - Math.floor(turns)) - 1);
}

function png(width: number, height: number, colour: (x: number, y: number) => Colour): Uint8Array {
  const rows = new Uint8Array(height * (1 + width * 3));
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) rows.set(colour(x, y).map(Math.round), y * (1 + width * 3) + 1 + x * 3);
  const header = new Uint8Array(13);
  new DataView(header.buffer).setUint32(0, width);
  new DataView(header.buffer).setUint32(4, height);
  // Eight bits a channel, red, green, blue.
  header.set([8, 2], 8);
  const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  return joined([signature, chunk("IHDR", header), chunk("IDAT", stored(rows)), chunk("IEND", new Uint8Array())]);
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const body = joined([latin(type), data]);
  return joined([number32(data.length), body, number32(crc32(body))]);
}

/** A zlib stream that compresses nothing, so that no library is needed for it. */
function stored(data: Uint8Array): Uint8Array {
  const blocks: Uint8Array[] = [Uint8Array.of(0x78, 0x01)];
  for (let at = 0; at < data.length; at += 0xffff) {
    const block = data.subarray(at, at + 0xffff);
    const isLast = at + block.length === data.length ? 1 : 0;
    const { length } = block;
    blocks.push(Uint8Array.of(isLast, length & 255, length >> 8, ~length & 255, (~length >> 8) & 255), block);
  }
  return joined([...blocks, number32(adler32(data))]);
}

function adler32(data: Uint8Array): number {
  let [a, b] = [1, 0];
  for (const byte of data) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  return b * 65_536 + a;
}

function crc32(data: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0xedb8_8320 & -(crc & 1));
  }
  return (crc ^ 0xffff_ffff) >>> 0;
}

/** One channel of 16 bits. */
function wav(level: (second: number) => number): Uint8Array {
  const bytes = new Uint8Array(44 + rate * 2);
  const view = new DataView(bytes.buffer);
  bytes.set(latin("RIFF"));
  view.setUint32(4, 36 + rate * 2, true);
  bytes.set(latin("WAVEfmt "), 8);
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  bytes.set(latin("data"), 36);
  view.setUint32(40, rate * 2, true);
  for (let i = 0; i < rate; i++)
    view.setInt16(44 + i * 2, Math.round(32_767 * Math.min(1, Math.max(-1, level(i / rate)))), true);
  return bytes;
}

function latin(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

/** The more significant byte first. */
function number32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
