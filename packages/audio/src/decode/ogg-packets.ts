/** A page of an Ogg file (RFC 3533, section 6). */
export interface OggPage {
  /** Number of the stream that it belongs to. */
  readonly stream: number;
  readonly isFirst: boolean;
  /** Goes on with the packet that the stream's page before left unfinished. */
  readonly isContinued: boolean;
  /** The page with its header, and what it carries, as far as the file has it. */
  readonly bytes: Uint8Array;
  readonly segments: readonly Uint8Array[];
}

const headerBytes = 27;

/** The pages of an Ogg file; what lies between pages, as after damage, is passed over. */
export function* oggPages(bytes: Uint8Array): Generator<OggPage> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + headerBytes <= bytes.length; ) {
    if (view.getUint32(at) !== 0x4f676753) {
      const next = bytes.indexOf(0x4f, at + 1);
      if (next < 0) return;
      at = next;
      continue;
    }
    const lacing = bytes.subarray(at + headerBytes, at + headerBytes + view.getUint8(at + 26));
    const flags = view.getUint8(at + 5);
    const segments: Uint8Array[] = [];
    let end = at + headerBytes + lacing.length;
    for (const length of lacing) {
      segments.push(bytes.subarray(end, end + length));
      end += length;
    }
    yield {
      stream: view.getUint32(at + 14),
      isFirst: (flags & 2) !== 0,
      isContinued: (flags & 1) !== 0,
      bytes: bytes.subarray(at, end),
      segments,
    };
    at = end;
  }
}

/** The packets of the streams whose first packet is wanted, in the order in which they end. */
export function* oggPackets(bytes: Uint8Array, isWanted: (first: Uint8Array) => boolean): Generator<Uint8Array> {
  const unfinished = new Map<number, Uint8Array[]>();
  for (const { stream, isFirst, isContinued, segments } of oggPages(bytes)) {
    if (isFirst && isWanted(segments[0] ?? new Uint8Array(0))) unfinished.set(stream, []);
    let parts = unfinished.get(stream);
    if (parts === undefined) continue;
    if (!isContinued) parts = [];
    for (const segment of segments) {
      parts.push(segment);
      // A packet ends with a segment of fewer than 255 bytes.
      if (segment.length === 255) continue;
      yield parts.length === 1 ? segment : Buffer.concat(parts);
      parts = [];
    }
    unfinished.set(stream, parts);
  }
}
