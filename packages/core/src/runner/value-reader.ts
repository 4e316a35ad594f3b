import { arrayKinds, deepest, tag, type ValueLimits, weights } from "./value-tags.ts";

/** Where the arrays lie that are not among the other values. */
export interface ArraySource {
  /** Bytes that are there. */
  readonly size: number;
  /** A copy of these bytes. @throws RangeError where they are not there */
  read(offset: number, length: number): ArrayBuffer;
}

/** @throws RangeError or TypeError where the bytes are no value */
export function decodeValue(bytes: Buffer, apart: ArraySource | undefined, limits: ValueLimits): unknown {
  if (bytes.length > limits.bytes)
    throw new RangeError(`A value of ${bytes.length} bytes, where ${limits.bytes} are the most`);
  const reader = new Reader(bytes, apart, limits);
  const value = reader.value(0);
  reader.end();
  return value;
}

class Reader {
  readonly #bytes: Buffer;
  readonly #apart: ArraySource | undefined;
  readonly #limits: ValueLimits;
  #at = 0;
  #apartAt = 0;
  #memory = 0;

  constructor(bytes: Buffer, apart: ArraySource | undefined, limits: ValueLimits) {
    this.#bytes = bytes;
    this.#apart = apart;
    this.#limits = limits;
  }

  /** @throws RangeError where something is left */
  end(): void {
    if (this.#at !== this.#bytes.length)
      throw new RangeError(`${this.#bytes.length - this.#at} bytes behind the value`);
  }

  value(depth: number): unknown {
    const kind = this.#byte();
    switch (kind) {
      case tag.undefined:
        return undefined;
      case tag.null:
        return null;
      case tag.false:
        return false;
      case tag.true:
        return true;
      case tag.integer:
        this.#weigh(weights.number);
        return this.#bytes.readInt32LE(this.#skip(4));
      case tag.number:
        this.#weigh(weights.number);
        return this.#bytes.readDoubleLE(this.#skip(8));
      case tag.bigint:
        this.#weigh(weights.number);
        return this.#bytes.readBigInt64LE(this.#skip(8));
      case tag.unsignedBigint:
        this.#weigh(weights.number);
        return this.#bytes.readBigUInt64LE(this.#skip(8));
      case tag.short:
      case tag.utf8:
      case tag.utf16:
        this.#weigh(weights.text);
        return this.#text(kind);
      case tag.list:
        return this.#list(depth);
      case tag.record:
        return this.#record(depth);
      case tag.array:
      case tag.apart:
        return this.#array(kind);
      default:
        throw new RangeError(`A value of kind ${kind}, which does not exist`);
    }
  }

  #list(depth: number): unknown[] {
    const count = this.#count(depth);
    this.#weigh(weights.list + weights.item * count);
    // No more room than it needs: a list that grows has room for seventeen items at once.
    const list: unknown[] = new Array<unknown>(count);
    for (let i = 0; i < count; i++) list[i] = this.value(depth + 1);
    return list;
  }

  #record(depth: number): Record<string, unknown> {
    const count = this.#count(depth);
    this.#weigh(weights.record + weights.entry * count);
    const record: Record<string, unknown> = {};
    for (let i = 0; i < count; i++) {
      const key = this.#text(this.#byte());
      const value = this.value(depth + 1);
      if (key === "__proto__")
        Object.defineProperty(record, key, { value, enumerable: true, configurable: true, writable: true });
      else record[key] = value;
    }
    return record;
  }

  #array(kind: number): unknown {
    this.#weigh(weights.array);
    const name = arrayKinds[this.#byte()];
    const Kind = name === undefined ? undefined : globalThis[name];
    if (Kind === undefined) throw new RangeError("An array of a kind that does not exist");
    const bytes = kind === tag.array ? this.#inlineBytes() : this.#bytesApart();
    if (bytes.byteLength % Kind.BYTES_PER_ELEMENT !== 0)
      throw new RangeError(`A ${name} cannot have ${bytes.byteLength} bytes`);
    return new Kind(bytes);
  }

  #inlineBytes(): ArrayBuffer {
    const length = this.#bytes.readUInt32LE(this.#skip(4));
    const start = this.#skip(length);
    const bytes = new Uint8Array(length);
    bytes.set(this.#bytes.subarray(start, start + length));
    return bytes.buffer;
  }

  #bytesApart(): ArrayBuffer {
    const length = this.#bytes.readDoubleLE(this.#skip(8));
    const size = Math.min(this.#apart?.size ?? 0, this.#limits.arrays);
    const start = this.#apartAt;
    if (this.#apart === undefined || !Number.isSafeInteger(length) || length < 0 || start + length > size)
      throw new RangeError(`An array of ${length} bytes from ${start} on, where ${size} are shared`);
    this.#apartAt += length;
    return this.#apart.read(start, length);
  }

  #text(kind: number): string {
    if (kind === tag.short) {
      const length = this.#byte();
      const start = this.#skip(length);
      return this.#bytes.toString("latin1", start, start + length);
    }
    if (kind !== tag.utf8 && kind !== tag.utf16) throw new RangeError("A key that is no text");
    const length = this.#bytes.readUInt32LE(this.#skip(4));
    const start = this.#skip(length);
    return this.#bytes.toString(kind === tag.utf8 ? "utf8" : "utf16le", start, start + length);
  }

  /** Items that follow, each of which has a byte at least. */
  #count(depth: number): number {
    const count = this.#bytes.readUInt32LE(this.#skip(4));
    if (count > this.#bytes.length - this.#at) throw new RangeError(`${count} items in fewer bytes`);
    if (depth >= deepest) throw new RangeError(`A value of more than ${deepest} levels`);
    return count;
  }

  #weigh(bytes: number): void {
    this.#memory += bytes;
    if (this.#memory > this.#limits.memory)
      throw new RangeError(`A value that takes more than ${this.#limits.memory} bytes of memory to read`);
  }

  #byte(): number {
    return this.#bytes[this.#skip(1)] as number;
  }

  /** @returns where the bytes begin that are now behind. @throws RangeError where there are fewer */
  #skip(length: number): number {
    const start = this.#at;
    this.#at += length;
    if (this.#at > this.#bytes.length) throw new RangeError("A value that ends too soon");
    return start;
  }
}
