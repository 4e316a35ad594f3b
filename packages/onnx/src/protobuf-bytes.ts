import { MalformedFile } from "./protobuf-reader.ts";

/** A field of a protobuf message in memory. */
export interface Part {
  readonly number: number;
  /** Of length-delimited fields; empty for others. */
  readonly value: Uint8Array;
  /** Key and length included. */
  readonly whole: Uint8Array;
}

/** The fields of a message, in their order. */
export function fieldsOf(bytes: Uint8Array): readonly Part[] {
  const parts: Part[] = [];
  let at = 0;
  const varint = (): number => {
    for (let value = 0, scale = 1; at < bytes.length; scale *= 128) {
      const byte = bytes[at++] as number;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw new MalformedFile(`a number at byte ${at} has no end`);
  };
  while (at < bytes.length) {
    const start = at;
    const key = varint();
    const wireType = key % 8;
    if (wireType === 0) varint();
    const length = wireType === 2 ? varint() : wireType === 5 ? 4 : wireType === 1 ? 8 : 0;
    if (at + length > bytes.length) throw new MalformedFile(`a field of ${length} bytes at byte ${at} is cut off`);
    const value = bytes.subarray(at, at + length);
    at += length;
    parts.push({ number: Math.floor(key / 8), value, whole: bytes.subarray(start, at) });
  }
  return parts;
}

/** The first field of that number as text. */
export function textOf(parts: readonly Part[], number: number): string | undefined {
  const found = parts.find((part) => part.number === number);
  return found && new TextDecoder().decode(found.value);
}

export function textField(number: number, value: string): readonly Uint8Array[] {
  return delimited(number, [new TextEncoder().encode(value)]);
}

/** A length-delimited field whose value comes in pieces. */
export function delimited(number: number, pieces: readonly Uint8Array[]): readonly Uint8Array[] {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  return [Uint8Array.from([...varintBytes(number * 8 + 2), ...varintBytes(length)]), ...pieces];
}

function varintBytes(value: number): readonly number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varintBytes(Math.floor(value / 128))];
}
