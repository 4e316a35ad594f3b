/**
 * How the boxes of an AVIF say that its picture is to be turned, as a number of Exif, 1 to 8: `irot` (quarters against the clock)
 * and then `imir` (over which axis). Those of the primary item count, or all where it names none; 1 where none are there.
 */
export function orientationOfAvif(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const file: Span = { from: 0, to: bytes.byteLength };
  const meta = inner(view, file, "meta", 4);
  const iprp = meta && inner(view, meta, "iprp", 0);
  const ipco = iprp && inner(view, iprp, "ipco", 0);
  if (meta === undefined || iprp === undefined || ipco === undefined) return 1;
  const properties = [...boxes(view, ipco)];
  const wanted = associated(view, inner(view, iprp, "ipma", 0), primary(view, meta));
  const value = (type: string): number | undefined => {
    const box = properties.find((each, i) => each.type === type && (wanted === undefined || wanted.has(i + 1)));
    return box === undefined || box.from >= box.to ? undefined : view.getUint8(box.from);
  };
  const quarters = (value("irot") ?? 0) & 3;
  const axis = value("imir");
  const [plain, vertical, horizontal] = turns[quarters] as readonly [number, number, number];
  return axis === undefined ? plain : (axis & 1) === 0 ? vertical : horizontal;
}

/** What turns a picture back that was turned so. */
export function turnedBack(orientation: number): number {
  return orientation === 6 ? 8 : orientation === 8 ? 6 : orientation;
}

/** By quarters against the clock: unmirrored, with axis 0 (top to bottom), with axis 1. As Pillow's AVIF plugin has them. */
const turns: readonly (readonly [number, number, number])[] = [
  [1, 4, 2],
  [8, 5, 7],
  [3, 2, 4],
  [6, 7, 5],
];

/** Bytes of a box behind its head. */
interface Span {
  readonly from: number;
  readonly to: number;
}

function* boxes(view: DataView, { from, to }: Span): Generator<Span & { readonly type: string }> {
  for (let at = from; at + 8 <= to; ) {
    const said = view.getUint32(at);
    const head = said === 1 ? 16 : 8;
    if (at + head > to) return;
    const length = said === 0 ? to - at : said === 1 ? Number(view.getBigUint64(at + 8)) : said;
    const type = String.fromCharCode(...[4, 5, 6, 7].map((i) => view.getUint8(at + i)));
    if (length < head) return;
    yield { type, from: at + head, to: Math.min(at + length, to) };
    at += length;
  }
}

/** @param skipped bytes of version and flags before the boxes inside */
function inner(view: DataView, span: Span, type: string, skipped: number): Span | undefined {
  for (const box of boxes(view, span)) if (box.type === type) return { from: box.from + skipped, to: box.to };
  return undefined;
}

/** The number of the primary item. */
function primary(view: DataView, meta: Span): number | undefined {
  const box = inner(view, meta, "pitm", 0);
  if (box === undefined || box.from + 8 > box.to) return undefined;
  return view.getUint8(box.from) === 0 ? view.getUint16(box.from + 4) : view.getUint32(box.from + 4);
}

/** Which properties an item has, from 1 on; undefined where nothing says it. */
function associated(view: DataView, ipma: Span | undefined, item: number | undefined): Set<number> | undefined {
  if (ipma === undefined || item === undefined || ipma.from + 8 > ipma.to) return undefined;
  const idBytes = view.getUint8(ipma.from) === 0 ? 2 : 4;
  const indexBytes = (view.getUint8(ipma.from + 3) & 1) + 1;
  const items = view.getUint32(ipma.from + 4);
  let at = ipma.from + 8;
  for (let i = 0; i < items && at + idBytes + 1 <= ipma.to; i++) {
    const id = idBytes === 2 ? view.getUint16(at) : view.getUint32(at);
    const count = view.getUint8(at + idBytes);
    at += idBytes + 1;
    if (at + count * indexBytes > ipma.to) return undefined;
    const index = (k: number): number =>
      indexBytes === 1 ? view.getUint8(at + k) & 0x7f : view.getUint16(at + 2 * k) & 0x7fff;
    if (id === item) return new Set(Array.from({ length: count }, (_, k) => index(k)));
    at += count * indexBytes;
  }
  return undefined;
}
