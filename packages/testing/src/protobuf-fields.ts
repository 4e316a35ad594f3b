/** A field of a protobuf message in memory. */
export interface Field {
  readonly number: number;
  /** Of varints. */
  readonly integer: number;
  /** Of length-delimited fields; empty for others. */
  readonly value: Uint8Array;
  /** Key and length included. */
  readonly whole: Uint8Array;
}

/** Fields of a message that is whole. */
export function fieldsOf(bytes: Uint8Array): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const start = at;
    const key = varint();
    const wireType = key % 8;
    const integer = wireType === 0 ? varint() : 0;
    const length = wireType === 2 ? varint() : wireType === 5 ? 4 : wireType === 1 ? 8 : 0;
    const value = bytes.subarray(at, at + length);
    at += length;
    fields.push({ number: Math.floor(key / 8), integer, value, whole: bytes.subarray(start, at) });
  }
  return fields;
}

export function decoded(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** The first field of that number as text; empty where there is none. */
export function textOf(message: Uint8Array, number: number): string {
  return decoded(bytesOf(message, number));
}

/** The first field of that number; empty where there is none. */
export function bytesOf(message: Uint8Array, number: number): Uint8Array {
  return fieldsOf(message).find((field) => field.number === number)?.value ?? new Uint8Array();
}
