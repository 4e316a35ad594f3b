/** One component of a JPEG: what of it an MCU holds, and which tables decode it. */
export interface JpegComponent {
  /** Blocks across and down an MCU. */
  readonly across: number;
  readonly down: number;
  /** Quantisers of the 64 coefficients, in natural order. */
  readonly quantisers: Uint16Array;
  /** Index in the frame's `tables`. */
  readonly dcTable: number;
  readonly acTable: number;
}

/** A Huffman table as the file has it: the number of codes of each length from 1 to 16, and their symbols. */
export interface HuffmanTable {
  readonly isAc: boolean;
  readonly counts: Uint8Array;
  readonly symbols: Uint8Array;
}

/** All that decodes the one scan of a baseline JPEG. */
export interface JpegFrame {
  readonly width: number;
  readonly height: number;
  /** One (grey) or three (Y, Cb, Cr; the first with all, the others with one block of an MCU). */
  readonly components: readonly JpegComponent[];
  readonly tables: readonly HuffmanTable[];
  /** MCUs between restart markers; 0 for none. */
  readonly restartInterval: number;
  /** True if there is EXIF or XMP, which may say that the picture is turned. */
  readonly hasMetadata: boolean;
  /** Where the scan's data begins. */
  readonly data: number;
}

/**
 * Reads a JPEG's markers up to its first scan.
 *
 * @returns undefined for whatever is not baseline with 8-bit samples, grey or YCbCr in 4:4:4, 4:2:2 or 4:2:0, all in one
 *   scan, and for broken markers: such files are another decoder's
 */
export function readJpegFrame(bytes: Uint8Array): JpegFrame | undefined {
  const found: Found = { quantisers: [], dc: [], ac: [], restartInterval: 0, hasMetadata: false };
  for (const segment of segments(bytes)) {
    const { marker, body } = segment;
    if (marker === startOfScan) return frameOf(found, body, segment.end);
    if (!read(marker, body, found)) return undefined;
  }
  return undefined;
}

interface Segment {
  readonly marker: number;
  readonly body: Uint8Array;
  readonly end: number;
}

interface Found {
  readonly quantisers: (Uint16Array | undefined)[];
  readonly dc: (HuffmanTable | undefined)[];
  readonly ac: (HuffmanTable | undefined)[];
  restartInterval: number;
  hasMetadata: boolean;
  size?: { readonly width: number; readonly height: number };
  components?: readonly FrameComponent[];
  hasJfif?: boolean;
  /** What Adobe's segment says of the colours; 1 is YCbCr. */
  adobe?: number;
}

interface FrameComponent {
  readonly id: number;
  readonly across: number;
  readonly down: number;
  readonly quantiser: number;
}

const startOfScan = 0xda;

function* segments(bytes: Uint8Array): Iterable<Segment> {
  let at = 2;
  while (at + 4 <= bytes.length) {
    if (bytes[at] !== 0xff) return;
    const marker = bytes[at + 1] as number;
    const end = at + 2 + word(bytes, at + 2);
    // Markers without a length have no place before the first scan; 0xff fills.
    if (marker < 0xc0 || marker === 0xff || end > bytes.length || end < at + 4) return;
    yield { marker, body: bytes.subarray(at + 4, end), end };
    at = end;
  }
}

/** @returns false if the file is none for this decoder */
function read(marker: number, body: Uint8Array, found: Found): boolean {
  switch (marker) {
    case 0xdb:
      return readQuantisers(body, found);
    case 0xc4:
      return readHuffmanTables(body, found);
    case 0xc0:
    case 0xc1:
      return readFrame(body, found);
    case 0xdd:
      found.restartInterval = word(body, 0);
      return body.length === 2;
    case 0xe0:
      found.hasJfif ||= Buffer.from(body.subarray(0, 5)).toString("latin1") === "JFIF\0";
      return true;
    case 0xe1:
      found.hasMetadata = true;
      return true;
    case 0xee:
      if (body.length >= 12 && Buffer.from(body.subarray(0, 5)).toString("latin1") === "Adobe")
        found.adobe = body[11] as number;
      return true;
    default:
      // Comments and applications' own segments are passed over; other frames and what redefines them are not.
      return (marker >= 0xe0 && marker <= 0xef) || marker === 0xfe;
  }
}

function readQuantisers(body: Uint8Array, found: Found): boolean {
  for (let at = 0; at < body.length; ) {
    const [size, index] = [(body[at] as number) >> 4, (body[at] as number) & 15];
    const length = 64 * (size + 1);
    if (size > 1 || index > 3 || at + 1 + length > body.length) return false;
    const table = new Uint16Array(64);
    for (let i = 0; i < 64; i++) {
      const value = size === 0 ? (body[at + 1 + i] as number) : word(body, at + 1 + 2 * i);
      if (value > 0x7fff) return false;
      table[natural[i] as number] = value;
    }
    found.quantisers[index] = table;
    at += 1 + length;
  }
  return true;
}

function readHuffmanTables(body: Uint8Array, found: Found): boolean {
  for (let at = 0; at < body.length; ) {
    const [kind, index] = [(body[at] as number) >> 4, (body[at] as number) & 15];
    const counts = body.subarray(at + 1, at + 17);
    const length = counts.reduce((sum, count) => sum + count, 0);
    if (kind > 1 || index > 3 || length > 256 || at + 17 + length > body.length) return false;
    const symbols = body.subarray(at + 17, at + 17 + length);
    (kind === 1 ? found.ac : found.dc)[index] = { isAc: kind === 1, counts, symbols };
    at += 17 + length;
  }
  return true;
}

function readFrame(body: Uint8Array, found: Found): boolean {
  const count = body[5] ?? 0;
  if (found.size !== undefined || body[0] !== 8 || body.length !== 6 + 3 * count) return false;
  found.size = { height: word(body, 1), width: word(body, 3) };
  found.components = Array.from({ length: count }, (_, i) => ({
    id: body[6 + 3 * i] as number,
    across: (body[7 + 3 * i] as number) >> 4,
    down: (body[7 + 3 * i] as number) & 15,
    quantiser: body[8 + 3 * i] as number,
  }));
  return true;
}

function frameOf(found: Found, scan: Uint8Array, data: number): JpegFrame | undefined {
  const { size, components = [], restartInterval, hasMetadata } = found;
  if (size === undefined || size.width === 0 || size.height === 0 || !hasKnownLayout(found, size.width))
    return undefined;
  const count = components.length;
  // Spectral selection and approximation belong to progressive files.
  if (scan[0] !== count || scan.length !== 4 + 2 * count || scan[1 + 2 * count] !== 0 || scan[3 + 2 * count] !== 0)
    return undefined;
  const tables: HuffmanTable[] = [];
  const read: JpegComponent[] = [];
  for (const [i, { id, across, down, quantiser }] of components.entries()) {
    const selected = scan[2 + 2 * i] as number;
    const [quantisers, dc, ac] = [found.quantisers[quantiser], found.dc[selected >> 4], found.ac[selected & 15]];
    if (scan[1 + 2 * i] !== id || quantisers === undefined || dc === undefined || ac === undefined) return undefined;
    // One component alone has one block to an MCU, whatever it says.
    const [dcTable, acTable] = [indexIn(tables, dc), indexIn(tables, ac)];
    read.push({ across: count === 1 ? 1 : across, down: count === 1 ? 1 : down, quantisers, dcTable, acTable });
  }
  return { ...size, components: read, tables, restartInterval, hasMetadata, data };
}

function hasKnownLayout({ components = [], hasJfif, adobe }: Found, width: number): boolean {
  if (components.length === 1) return true;
  const [first, ...chroma] = components;
  if (first === undefined || chroma.length !== 2) return false;
  const sampling = `${first.across}x${first.down}`;
  if (!["1x1", "2x1", "2x2"].includes(sampling) || chroma.some(({ across, down }) => across !== 1 || down !== 1))
    return false;
  // Chroma of one or two columns is enlarged by another rule.
  if (first.across === 2 && width <= 4) return false;
  // As libjpeg guesses the colours: JFIF is YCbCr, then Adobe's word counts, then the components' names.
  if (hasJfif) return true;
  return adobe === undefined ? components.every(({ id }, i) => id === i + 1) : adobe === 1;
}

function indexIn(tables: HuffmanTable[], table: HuffmanTable): number {
  const known = tables.indexOf(table);
  return known === -1 ? tables.push(table) - 1 : known;
}

function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

/** Natural place of each zigzag place. */
const natural: readonly number[] = zigzag();

function zigzag(): number[] {
  const order: number[] = [];
  for (let diagonal = 0; diagonal < 15; diagonal++) {
    for (let i = 0; i <= diagonal; i++) {
      const [row, column] = diagonal % 2 === 0 ? [diagonal - i, i] : [i, diagonal - i];
      if (row < 8 && column < 8) order.push(8 * row + column);
    }
  }
  return order;
}
