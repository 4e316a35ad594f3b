import type { FileHandle } from "node:fs/promises";

/** What is wrong with a file's bytes, in words. */
export class MalformedFile extends Error {}

export interface Field {
  readonly number: number;
  readonly wireType: number;
  /** Bytes of a length-delimited field's value; 0 for the others, whose value is `value`. */
  readonly length: number;
  readonly value: bigint;
}

/** Reads a field, or leaves it to be stepped over. */
export type VisitField = (field: Field) => Promise<void> | undefined;

/** Longest text or nested message that is read into memory; weights are stepped over. */
const longestRead = 1 << 20;

/** Walks the fields of a protobuf file without reading the large ones. */
export class ProtobufReader {
  readonly #file: FileHandle;
  readonly #size: number;
  #window: Uint8Array = new Uint8Array();
  #windowAt = 0;
  position = 0;

  constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.#size = size;
  }

  /** The next field before `end`, its value not yet read; undefined at the end. */
  async field(end: number): Promise<Field | undefined> {
    if (this.position >= end) return undefined;
    const key = Number(await this.varint());
    const [number, wireType] = [Math.floor(key / 8), key % 8];
    if (number === 0) throw new MalformedFile(`what stands at byte ${this.position} is nothing that such a file has`);
    if (wireType === 0) return { number, wireType, length: 0, value: await this.varint() };
    const length = wireType === 2 ? Number(await this.varint()) : wireType === 5 ? 4 : wireType === 1 ? 8 : -1;
    if (length < 0) throw new MalformedFile(`what stands at byte ${this.position} is nothing that such a file has`);
    if (this.position + length > end)
      throw new MalformedFile(
        `it is cut off or damaged: ${length} bytes from byte ${this.position} on should be there`,
      );
    return { number, wireType, length, value: 0n };
  }

  async varint(): Promise<bigint> {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = (await this.#bytes(1))[0] ?? 0;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new MalformedFile(`a number at byte ${this.position} has no end`);
  }

  async text(field: Field): Promise<string> {
    if (field.wireType !== 2) throw new MalformedFile(`it is damaged: a number stands where a text must`);
    if (field.length > longestRead) throw new MalformedFile(`a text has ${field.length} bytes`);
    return new TextDecoder().decode(await this.#bytes(field.length));
  }

  /** A copy of a short field's value. */
  async bytes(field: Field): Promise<Uint8Array> {
    return (await this.#bytes(field.length)).slice();
  }

  skip(field: Field): void {
    this.position += field.length;
  }

  /** Visits the fields of a nested message. */
  within(field: Field, visit: VisitField): Promise<void> {
    if (field.wireType !== 2) throw new MalformedFile(`it is damaged: a number stands where a part must`);
    return this.each(this.position + field.length, visit);
  }

  /** Visits every field up to `end`; one that the visitor does not read is stepped over. */
  async each(end: number, visit: VisitField): Promise<void> {
    for (let field = await this.field(end); field !== undefined; field = await this.field(end)) {
      const work = visit(field);
      if (work === undefined) this.skip(field);
      else await work;
    }
  }

  async #bytes(count: number): Promise<Uint8Array> {
    if (this.position + count > this.#size) throw new MalformedFile(`it is cut off after byte ${this.#size}`);
    if (this.position < this.#windowAt || this.position + count > this.#windowAt + this.#window.length) {
      const buffer = new Uint8Array(Math.max(count, 64 * 1024));
      const { bytesRead } = await this.#file.read(buffer, 0, buffer.length, this.position);
      this.#window = buffer.subarray(0, bytesRead);
      this.#windowAt = this.position;
      if (bytesRead < count) throw new MalformedFile(`it is cut off after byte ${this.position + bytesRead}`);
    }
    const start = this.position - this.#windowAt;
    this.position += count;
    return this.#window.subarray(start, start + count);
  }
}
