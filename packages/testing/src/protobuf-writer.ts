/** Bytes, or bytes that are made only when they are written, so that a file may be larger than memory. */
export type Part = Uint8Array | { readonly length: number; make(): Uint8Array };

/** A protobuf message under construction: a list of parts whose total length is known. */
export class Message {
  readonly parts: Part[] = [];
  length = 0;

  varint(field: number, value: number | bigint): this {
    return this.#add(key(field, 0), varintBytes(BigInt.asUintN(64, BigInt(value))));
  }

  float(field: number, value: number): this {
    return this.#add(key(field, 5), new Uint8Array(new Float32Array([value]).buffer));
  }

  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  bytes(field: number, value: Part): this {
    return this.#add(key(field, 2), varintBytes(BigInt(value.length)), value);
  }

  /** A field that is written already. */
  raw(field: Uint8Array): this {
    return this.#add(field);
  }

  message(field: number, value: Message): this {
    return this.#add(key(field, 2), varintBytes(BigInt(value.length)), ...value.parts);
  }

  #add(...parts: Part[]): this {
    for (const part of parts) {
      this.parts.push(part);
      this.length += part.length;
    }
    return this;
  }
}

function key(field: number, wireType: number): Uint8Array {
  return varintBytes(BigInt((field << 3) | wireType));
}

function varintBytes(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}
