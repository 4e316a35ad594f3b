import { ModelError, type TaskField } from "@menagerie/core";

/** How a raw sample is written, by ffmpeg's name. */
export type RawFormat = "u8" | "s16le" | "s24le" | "s32le" | "f32le" | "f64le" | "alaw" | "mulaw";

/** The tag that WAV has for it, and the bits of one sample. */
const formats: Readonly<Record<RawFormat, readonly [tag: number, bits: number]>> = {
  u8: [1, 8],
  s16le: [1, 16],
  s24le: [1, 24],
  s32le: [1, 32],
  f32le: [3, 32],
  f64le: [3, 64],
  alaw: [6, 8],
  mulaw: [7, 8],
};

export const rawFormats: readonly RawFormat[] = Object.keys(formats) as RawFormat[];

/** What nothing in raw samples tells. */
export interface RawPcm {
  /** In Hz. */
  readonly rate: number;
  /** Samples of several channels come by turns. */
  readonly channels: number;
  readonly format: RawFormat;
}

export interface RawPcmFlags {
  readonly rate?: number;
  readonly channels?: number;
  readonly format?: RawFormat;
}

/** The flags as what they say: one channel of s16le where only the rate is given; undefined without any of them. */
export function rawPcmOf({ rate, channels = 1, format = "s16le" }: RawPcmFlags): RawPcm | undefined {
  return rate === undefined ? undefined : { rate, channels, format };
}

/** Why the flags cannot be followed; undefined where they can. */
export function rawPcmObstacle(
  { rate, channels, format }: RawPcmFlags,
  field: TaskField | undefined,
): string | undefined {
  if (rate === undefined)
    return channels === undefined && format === undefined ? undefined : "raw samples need their --rate too";
  return field?.kind === "audio" ? undefined : "--rate is of recordings, which this task does not take";
}

/**
 * Raw samples as a WAV file, so that they tell themselves what they are.
 *
 * @throws ModelError `input_invalid` for a file of a kind that tells that already, and for floats that are none
 */
export function rawPcmAsWav(samples: Uint8Array, { rate, channels, format }: RawPcm): Uint8Array {
  const start = Buffer.from(samples.subarray(0, 4)).toString("latin1");
  if (["RIFF", "OggS", "fLaC", "FORM", "caff"].includes(start)) {
    const message = `The input begins like a recording that tells its own rate (${start}), not like raw samples. Leave out --rate.`;
    throw new ModelError("input_invalid", message, { details: { start } });
  }
  const [tag, bits] = formats[format];
  if (tag === 3) checkFloats(samples, bits, format);
  const block = (bits / 8) * channels;
  const header = Buffer.alloc(44);
  header.write("RIFF");
  header.writeUInt32LE(Math.min(samples.length + 36, 0xffffffff), 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(tag, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(Math.min(rate * block, 0xffffffff), 28);
  header.writeUInt16LE(block, 32);
  header.writeUInt16LE(bits, 34);
  header.write("data", 36);
  header.writeUInt32LE(Math.min(samples.length, 0xffffffff), 40);
  return new Uint8Array(Buffer.concat([header, samples]));
}

/** Integers that are read as floats are soon NaN or infinite. */
function checkFloats(samples: Uint8Array, bits: number, format: RawFormat): void {
  const view = new DataView(samples.buffer, samples.byteOffset, samples.byteLength);
  for (let at = 0; at + bits / 8 <= view.byteLength; at += bits / 8) {
    const value = bits === 32 ? view.getFloat32(at, true) : view.getFloat64(at, true);
    if (Number.isFinite(value)) continue;
    const index = (at * 8) / bits;
    const message = `The raw samples are not ${format}: number ${index} would be ${value}. Give --format as they were written; s16le is the most usual.`;
    throw new ModelError("input_invalid", message, { details: { format, index } });
  }
}
