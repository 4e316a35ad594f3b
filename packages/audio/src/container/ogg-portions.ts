/** Of a page; more segments than that a page cannot have. */
const mostSegments = 255;

/**
 * Packets as an Ogg file, a page each, in portions of whole pages: for decoders that take nothing else.
 * Check sums and positions are left 0, of which the decoders in use here take no notice.
 *
 * @param headers packets before the sound; they and two packets of sound come in the first portion
 */
export function* oggPortions(
  headers: readonly Uint8Array[],
  packets: Iterable<Uint8Array>,
  portionBytes: number,
): Generator<Uint8Array> {
  let pages = headers.map((header, i) => oggPage(header, i));
  let number = headers.length;
  let bytes = 0;
  for (const packet of packets) {
    const page = oggPage(packet, number);
    pages.push(page);
    number++;
    bytes += page.length;
    if (number < headers.length + 2 || (bytes < portionBytes && number !== headers.length + 2)) continue;
    yield new Uint8Array(Buffer.concat(pages));
    pages = [];
    bytes = 0;
  }
  if (pages.length > 0) yield new Uint8Array(Buffer.concat(pages));
}

/** @throws Error for a packet that takes more than one page, as no decoder here can use */
function oggPage(packet: Uint8Array, number: number): Uint8Array {
  const segments = Math.floor(packet.length / 255) + 1;
  if (segments > mostSegments) throw new Error(`a packet of ${packet.length} bytes`);
  const page = Buffer.alloc(27 + segments + packet.length);
  page.write("OggS");
  page[5] = number === 0 ? 2 : 0;
  page.writeUInt32LE(1, 14);
  page.writeUInt32LE(number, 18);
  page[26] = segments;
  page.fill(255, 27, 27 + segments - 1);
  page[27 + segments - 1] = packet.length % 255;
  page.set(packet, 27 + segments);
  return page;
}
