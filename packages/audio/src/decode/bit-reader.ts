/** Reads big-endian bits of up to 64 MiB of bytes; what lies beyond their end reads as zeros, and `isBeyond` tells. */
export class BitReader {
  readonly #view: DataView;
  /** In bits, from the start of the bytes. */
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 2 ** 26));
  }

  get isBeyond(): boolean {
    return this.#at > this.#view.byteLength * 8;
  }

  /** Bytes begun so far. */
  get bytesRead(): number {
    return Math.ceil(this.#at / 8);
  }

  alignToByte(): void {
    this.#at = this.bytesRead * 8;
  }

  /** @param count 0 to 33 bits */
  unsigned(count: number): number {
    if (count > 24) return this.unsigned(count - 24) * 2 ** 24 + this.unsigned(24);
    if (count === 0) return 0;
    const value = (this.#word(this.#at >>> 3) << (this.#at & 7)) >>> (32 - count);
    this.#at += count;
    return value;
  }

  /** Two's complement. @param count 0 to 33 bits */
  signed(count: number): number {
    const value = this.unsigned(count);
    return count > 0 && value >= 2 ** (count - 1) ? value - 2 ** count : value;
  }

  /** Zeros before the next one, which is read too; as many as there are, where no one follows. */
  zeros(): number {
    let zeros = 0;
    while (!this.isBeyond) {
      const shift = this.#at & 7;
      const word = this.#word(this.#at >>> 3) << shift;
      const found = word === 0 ? 32 - shift : Math.clz32(word);
      zeros += found;
      this.#at += word === 0 ? found : found + 1;
      if (word !== 0) break;
    }
    return zeros;
  }

  /** Numbers in Golomb-Rice code with a parameter of `bits`, zigzag as FLAC has them (RFC 9639, 9.2.7.3), into `to`. */
  riceSigned(bits: number, to: Float64Array, from: number, end: number): void {
    const scale = 2 ** bits;
    const view = this.#view;
    const last = view.byteLength - 8;
    for (let i = from; i < end; i++) {
      const byte = this.#at >>> 3;
      const shift = this.#at & 7;
      // Nearly all begin and end within two words; the others are read by their parts.
      const zeros = byte > last ? 32 : Math.clz32(view.getInt32(byte) << shift);
      let value: number;
      if (zeros + shift < 32 && bits < 25) {
        const rest = this.#at + zeros + 1;
        value = zeros * scale + (bits === 0 ? 0 : (this.#word(rest >>> 3) << (rest & 7)) >>> (32 - bits));
        this.#at = rest + bits;
      } else {
        value = this.zeros() * scale + this.unsigned(bits);
        if (this.isBeyond) return;
      }
      to[i] = (value >>> 1) ^ -(value & 1);
    }
  }

  #word(byte: number): number {
    const view = this.#view;
    if (byte + 4 <= view.byteLength) return view.getInt32(byte);
    let word = 0;
    for (let i = byte; i < byte + 4; i++) word = (word << 8) | (i < view.byteLength ? view.getUint8(i) : 0);
    return word;
  }
}
