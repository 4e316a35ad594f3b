/** A page of an Ogg file (RFC 3533, section 6). */
export interface OggPage {
  /** Number of the stream that it belongs to. */
  readonly stream: number;
  readonly isFirst: boolean;
  /** Goes on with the packet that the stream's page before left unfinished. */
  readonly isContinued: boolean;
  /** The file has all of it. */
  readonly isWhole: boolean;
  /** The page with its header, as far as the file has it. */
  readonly bytes: Uint8Array;
  /** Lengths of the segments of its packets: one of fewer than 255 bytes ends a packet. */
  readonly lacing: Uint8Array;
}

const headerBytes = 27;

/** The pages of an Ogg file; what lies between pages, as after damage, is passed over. */
export function* oggPages(bytes: Uint8Array): Generator<OggPage> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const searched = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = searched.indexOf("OggS"); at >= 0 && at + headerBytes <= bytes.length; ) {
    const segments = view.getUint8(at + 26);
    const lacing = bytes.subarray(at + headerBytes, at + headerBytes + segments);
    const flags = view.getUint8(at + 5);
    let end = at + headerBytes + lacing.length;
    for (const length of lacing) end += length;
    yield {
      stream: view.getUint32(at + 14),
      isFirst: (flags & 2) !== 0,
      isWhole: lacing.length === segments && end <= bytes.length,
      isContinued: (flags & 1) !== 0,
      bytes: bytes.subarray(at, end),
      lacing,
    };
    at = searched.indexOf("OggS", end);
  }
}

/** The first packet of a page, as far as the page has it. */
export function firstPacket({ bytes, lacing }: OggPage): Uint8Array {
  const start = headerBytes + lacing.length;
  let length = 0;
  for (const segment of lacing) {
    length += segment;
    if (segment < 255) break;
  }
  return bytes.subarray(start, start + length);
}

/** How many packets end in a file, empty ones too. */
export function oggPacketCount(bytes: Uint8Array): number {
  let count = 0;
  for (const { lacing } of oggPages(bytes)) for (const segment of lacing) if (segment < 255) count++;
  return count;
}

/** The packets of the streams whose first packet is wanted, in the order in which they end; empty ones are left out. */
export function* oggPackets(bytes: Uint8Array, isWanted: (first: Uint8Array) => boolean): Generator<Uint8Array> {
  const unfinished = new Map<number, Uint8Array[]>();
  for (const page of oggPages(bytes)) {
    const { stream, isFirst, isContinued, lacing } = page;
    if (isFirst && isWanted(firstPacket(page))) unfinished.set(stream, []);
    let parts = unfinished.get(stream);
    if (parts === undefined) continue;
    if (!isContinued) parts = [];
    let start = headerBytes + lacing.length;
    let end = start;
    for (const length of lacing) {
      end += length;
      if (length === 255) continue;
      if (end > start || parts.length > 0) yield Buffer.concat([...parts, page.bytes.subarray(start, end)]);
      parts = [];
      start = end;
    }
    if (end > start) parts.push(page.bytes.subarray(start, end));
    unfinished.set(stream, parts);
  }
}
