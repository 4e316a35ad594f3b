import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { deflateSync } from "node:zlib";
import { isModelError, type ModelError } from "@menagerie/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeFailure } from "./decode-failure.ts";
import { decodeImage } from "./decode-image.ts";
import { defaultImageLimits, type ImageLimits } from "./image-limits.ts";
import { orientationOfAvif } from "./orientation/avif-orientation.ts";
import { paintWhite } from "./pixel-layout.ts";

interface Reference {
  readonly width: number;
  readonly height: number;
  readonly loaded: string;
  readonly painted: string;
  /** Width, height and digest of what OpenCV reads, where that is something else. */
  readonly opencv?: readonly [number, number, string];
}

const fixtures = new URL("../../fixtures/", import.meta.url);
const references: Record<string, Reference> = JSON.parse(readFileSync(new URL("decode.json", fixtures), "utf8"));

describe("decodeImage", () => {
  it.each(Object.entries(references))("gives the bytes that load_image gives for %s", async (name, reference) => {
    const image = await decodeImage(file(name));
    expect([image.width, image.height]).toEqual([reference.width, reference.height]);
    expect(sha256(image.data)).toBe(reference.loaded);
    if (image.transparentColour !== undefined) paintWhite(image.data, image.transparentColour);
    expect(sha256(image.data)).toBe(reference.painted);
  });

  it("gives the bytes that OpenCV's imread gives, where that is asked for", async () => {
    const others = Object.entries(references).filter(([, { opencv }]) => opencv !== undefined);
    expect(others.length).toBeGreaterThan(3);
    for (const [name, { width, height, loaded, opencv }] of Object.entries(references)) {
      // OpenCV does not read it.
      if (name === "tiff-cmyk-16-bit.tif") continue;
      const image = await decodeImage(file(name), defaultImageLimits, "opencv");
      expect([image.width, image.height, sha256(image.data)], name).toEqual(opencv ?? [width, height, loaded]);
    }
  });

  it.each([
    // 4:2:0 is enlarged by other rules in libheif and in libavif: hard edges of colour differ by much.
    ["avif-444.avif", 1, 1],
    ["avif-grey.avif", 0, 0],
    ["avif-orientation-6.avif", 1, 1],
    ["avif-420.avif", 70, 7],
  ] as const)("comes as near to what load_image gives for %s as %i levels, %i on average", async (name, most, mean) => {
    const { width, height, levels } = JSON.parse(readFileSync(new URL("decode-avif.json", fixtures), "utf8"))[name];
    const image = await decodeImage(file(name));
    expect([image.width, image.height]).toEqual([width, height]);
    const distances = Array.from(Buffer.from(levels, "base64"), (level, i) =>
      Math.abs(level - (image.data[i] as number)),
    );
    expect(Math.max(...distances)).toBeLessThanOrEqual(most);
    expect(distances.reduce((sum, distance) => sum + distance) / distances.length).toBeLessThanOrEqual(mean);
  });

  it.each([
    ["RGB", 3, "pnm.ppm"],
    ["RGB", 3, "pnm-16-bit.ppm"],
    ["RGB_ALPHA", 4, "pnm.ppm"],
    ["GRAYSCALE", 1, "pnm-grey-16-bit.pgm"],
    ["GRAYSCALE_ALPHA", 2, "pnm-grey.pgm"],
  ] as const)("reads a PAM of %s with %i samples a pixel as the same samples of %s", async (kind, depth, name) => {
    const other = await decodeImage(file(name));
    const bytes = file(name);
    const sampleBytes = name.includes("16-bit") ? 2 : 1;
    const colours = depth < 3 ? 1 : 3;
    const samples = bytes.subarray(bytes.length - 29 * 17 * colours * sampleBytes);
    const pixels = Array.from({ length: 29 * 17 }, (_, i) => [
      ...samples.subarray(i * colours * sampleBytes, (i + 1) * colours * sampleBytes),
      ...new Array((depth - colours) * sampleBytes).fill(77),
    ]);
    const head = `P7\n# by hand\nHEIGHT 17\nWIDTH 29\nDEPTH ${depth}\nMAXVAL ${256 ** sampleBytes - 1}\nTUPLTYPE ${kind}\nENDHDR\n`;
    const image = await decodeImage(Buffer.concat([Buffer.from(head), Buffer.from(pixels.flat())]));
    expect(image).toEqual(other);
  });

  // OpenCV 5 reads it as 29 x 17, and so it reads all of these.
  it("leaves an AVIF as it lies where OpenCV's bytes are asked for, however its boxes turn it", async () => {
    const bytes = Buffer.from(file("avif-orientation-6.avif"));
    const turned = await decodeImage(bytes);
    const place = bytes.indexOf("irot");
    const lying = await decodeImage(bytes, defaultImageLimits, "opencv");
    expect([lying.width, lying.height]).toEqual([29, 17]);
    for (const [x, y] of [
      [0, 0],
      [28, 3],
      [11, 16],
    ] as const) {
      const at = 3 * (x * 17 + 16 - y);
      expect(lying.data.slice(3 * (29 * y + x), 3 * (29 * y + x) + 3)).toEqual(turned.data.slice(at, at + 3));
    }
    for (const [box, value, orientation] of [
      ["irot", 0, 1],
      ["irot", 1, 8],
      ["irot", 2, 3],
      ["irot", 3, 6],
      ["imir", 0, 4],
      ["imir", 1, 2],
    ] as const) {
      bytes.write(box, place, "latin1");
      bytes[place + 4] = value;
      expect(orientationOfAvif(bytes), `${box} ${value}`).toBe(orientation);
      const image = await decodeImage(bytes, defaultImageLimits, "opencv");
      expect([image.width, image.height, sha256(image.data)]).toEqual([29, 17, sha256(lying.data)]);
    }
  });

  // By Pillow 13 and OpenCV 5 on the same bytes.
  it.each([
    ["gif-frame-within-screen.gif", 640, 480, "a115e44f66c2a166", "c8f9ac7589f98659"],
    ["gif-frame-within-screen-transparent.gif", 640, 480, "c53e393d79f5b5c8", "b54dfa6d470ed956"],
    ["gif-frame-within-screen-transparent.gif", 1024, 768, "b0e0f260b17758e5", "7a868bf394cd8e6b"],
    ["gif.gif", 1024, 768, "c2b83b48c4d471d6", "c2b83b48c4d471d6"],
  ] as const)(
    "gives %s on a screen of %i x %i the size of that screen",
    async (name, width, height, pillow, opencv) => {
      const bytes = Buffer.from(file(name));
      bytes.writeUInt16LE(width, 6);
      bytes.writeUInt16LE(height, 8);
      for (const [reader, digest] of [
        ["pillow", pillow],
        ["opencv", opencv],
      ] as const) {
        const image = await decodeImage(bytes, defaultImageLimits, reader);
        expect([image.width, image.height, sha256(image.data)]).toEqual([width, height, digest]);
      }
      bytes.writeUInt16LE(65_535, 6);
      bytes.writeUInt16LE(65_535, 8);
      expect((await refusal(bytes)).code).toBe("image_too_large");
    },
  );

  // By Pillow 13 and OpenCV 5 on the same bytes.
  it("reads 16-bit grey whose 0 is white as Pillow does, from the other end, and as OpenCV does", async () => {
    const bytes = withTiffTag(file("tiff-16-bit-grey.tif"), 262, 0);
    expect(sha256((await decodeImage(bytes)).data)).toBe("62549d1edce80166");
    expect(sha256((await decodeImage(bytes, defaultImageLimits, "opencv")).data)).toBe("7d647181cc09c4f2");
  });

  it("reads signed 16-bit grey as Pillow does, from 0 upwards", async () => {
    // The tag of the planes, whose one number is the default, gives way to the format of samples.
    const bytes = withTiffTag(file("tiff-16-bit-grey.tif"), 284, 2, 339);
    for (let i = 0; i < 20; i += 2) bytes.writeInt16LE(i === 0 ? -52 : 3 * i, 122 + i);
    expect(sha256((await decodeImage(bytes)).data)).toBe("dd20796da2586148");
  });

  it("reads a PAM whose header has a line of many blanks in no time", async () => {
    const head = `P7\nWIDTH 1\nHEIGHT 1\nTUPLTYPE${" ".repeat(60_000)}RGB\t\nNOTE${" ".repeat(3000)}.\r.\nDEPTH 3\nMAXVAL 255\nENDHDR\n`;
    const started = performance.now();
    const image = await decodeImage(Buffer.concat([Buffer.from(head), Buffer.from([1, 2, 3])]));
    expect(performance.now() - started).toBeLessThan(1000);
    expect([...image.data]).toEqual([1, 2, 3]);
  });

  it.each([
    ["a BMP", () => withWord(file("bmp-24-bit.bmp"), 18, 30_000, 22, 30_000), "image_too_large"],
    ["a BMP that lacks its pixels", () => withWord(file("bmp-24-bit.bmp"), 18, 9000, 22, 9000), "image_undecodable"],
    ["a BMP of run lengths", () => withWord(file("bmp-rle8.bmp"), 18, 9000, 22, 9000), "image_undecodable"],
    [
      "a BMP with a palette beyond reason",
      () => withWord(file("bmp-8-bit.bmp"), 46, 2 ** 31, 46, 2 ** 31),
      "image_undecodable",
    ],
    ["a PPM", () => Buffer.from("P6 30000 30000 255\n"), "image_too_large"],
    ["a PPM that lacks its pixels", () => Buffer.from("P6 9000 9000 65535\n"), "image_undecodable"],
    ["a PGM in words", () => Buffer.from("P2 9000 9000 255\n1 2 3"), "image_undecodable"],
  ] as const)("refuses %s whose header promises what is not there, without memory for it", async (_, bytes, code) => {
    const before = process.memoryUsage().arrayBuffers;
    expect((await refusal(bytes())).code).toBe(code);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50e6);
  });

  it.each([
    ["nothing at all", new Uint8Array(), "are empty"],
    ["a text", Buffer.from("Dear reader,\nthis is a letter in ünicode.\n"), "look like text"],
    ["a web page", Buffer.from("<!DOCTYPE html><html><body>Not found</body></html>"), "look like an HTML page"],
    [
      "a drawing",
      Buffer.from('<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
      "an SVG drawing",
    ],
    ["a document", Buffer.from("%PDF-1.7\n%âãÏÓ\n"), "look like a PDF document"],
    ["a recording", Buffer.from("RIFF\x24\x10\0\0WAVEfmt \x10\0\0\0", "latin1"), "look like a WAV recording"],
    ["a recording", Buffer.from("FORM\0\0\x10\x24AIFCFVER", "latin1"), "look like an AIFF recording"],
    ["a recording", Buffer.from("fLaC\0\0\0\x22", "latin1"), "look like a FLAC recording"],
    ["a recording", Buffer.from("OggS\0\x02\0\0", "latin1"), "look like an Ogg recording or video"],
    ["a recording", Buffer.from("caff\0\x01\0\0desc", "latin1"), "look like a CAF recording"],
    ["a recording", Buffer.from(".snd\0\0\0\x18", "latin1"), "look like an AU recording"],
    ["a recording", Buffer.from("ID3\x04\0\0\0\0\0\0", "latin1"), "look like an MP3 or AAC recording"],
    ["a recording", Buffer.from("\xff\xfb\x90\x64\0\0", "latin1"), "look like an MP3 or AAC recording"],
    ["a recording", Buffer.from("\xff\xf1\x50\x80\0\0", "latin1"), "look like an MP3 or AAC recording"],
    ["a recording", Buffer.from("\0\0\0\x18ftypM4A \0\0\x02\0", "latin1"), "look like an AAC or ALAC recording (M4A)"],
    ["a text in UTF-16", Buffer.from("\ufeffDear reader", "utf16le"), "no kind of file that is known"],
    ["random bytes", Buffer.from([0, 1, 2, 3, 254, 9, 0, 0]), "no kind of file that is known"],
  ])("refuses %s and says what it got", async (_, bytes, phrase) => {
    const error = await refusal(bytes);
    expect(error.code).toBe("image_undecodable");
    expect(error.message).toContain(phrase);
    expect(error.message).toContain("Send the bytes of a JPEG, PNG, WebP, GIF, TIFF, BMP, PPM or AVIF file");
  });

  it.each([
    ["a HEIF picture", "\0\0\0\x18ftypheic\0\0\0\0mif1heic", "magick picture.heic picture.png"],
    ["a JPEG 2000 picture", "\0\0\0\x0cjP  \r\n\x87\n", "magick picture.jp2 picture.png"],
    ["a JPEG 2000 picture", "\xff\x4f\xff\x51\0\x2f", "magick picture.jp2 picture.png"],
    ["a JPEG XL picture", "\xff\x0a\xfa\x7f", "magick picture.jxl picture.png"],
    ["a Matroska or WebM video", "\x1a\x45\xdf\xa3\x9f", "ffmpeg -i video.mkv -frames:v 1 picture.png"],
    ["an AVI video", "RIFF\x24\x10\0\0AVI LIST", "ffmpeg -i video.avi -frames:v 1 picture.png"],
    ["an MPEG transport stream", `G${"\0".repeat(187)}`.repeat(3), "ffmpeg -i video.ts -frames:v 1 picture.png"],
    ["a TGA picture", `\0\0\x02${"\0".repeat(50)}TRUEVISION-XFILE.\0`, "magick picture.tga picture.png"],
    // As ImageMagick writes it, without a footer.
    ["a TGA picture", `\0\0\x02${"\0".repeat(9)}\x02\0\x01\0\x18\x20abcdef`, "magick picture.tga picture.png"],
    ["a TGA picture", `\0\0\x0b${"\0".repeat(9)}\x02\0\x01\0\x08\0\x81a`, "magick picture.tga picture.png"],
    ["an MP4 or QuickTime video", "\0\0\0\x18ftypisom\0\0\0\0", "ffmpeg -i video.mp4 -frames:v 1 picture.png"],
  ])("refuses %s and names the command that converts it", async (phrase, bytes, command) => {
    const { message } = await refusal(Buffer.from(bytes, "latin1"));
    expect(message).toContain(`look like ${phrase}`);
    expect(message).toMatch(new RegExp(`Convert it, for example with: ${command}$`));
  });

  it.each([
    "jpeg-420.jpg",
    "jpeg-420-progressive.jpg",
    "jpeg-restarts.jpg",
    "png-rgb.png",
    "png-interlaced.png",
    "webp-lossy.webp",
    "webp-lossless.webp",
    "gif.gif",
    "tiff-lzw.tif",
    "bmp-4-bit.bmp",
    "bmp-16-bit-masks.bmp",
    "bmp-24-bit.bmp",
    "pnm.ppm",
    "pnm-bits.pbm",
    "pnm-16-bit-text.ppm",
    "avif-444.avif",
  ])("calls %s truncated when its end is missing", async (name) => {
    const whole = file(name);
    for (const part of [0.5, 0.9]) {
      const error = await refusal(whole.subarray(0, Math.floor(whole.length * part)));
      expect(error.code).toBe("image_undecodable");
      expect(error.message).toContain("truncated");
    }
  });

  it("refuses a TIFF file whose rows are missing, rather than inventing them", async () => {
    const whole = file("tiff.tif");
    const error = await refusal(whole.subarray(0, whole.length - 1));
    expect(error.code).toBe("image_undecodable");
    expect(error.message).toContain("Save it again as PNG or JPEG");
  });

  it("refuses a 30,000 x 30,000 PNG from its header, without reading a pixel", async () => {
    const started = performance.now();
    const error = await refusal(pngHeader(30_000, 30_000));
    expect(performance.now() - started).toBeLessThan(500);
    expect(error.code).toBe("image_too_large");
    expect(error.message).toContain("30000 x 30000 = 900000000 pixels; the limit is 178956970");
    expect(error.details).toEqual({ width: 30_000, height: 30_000, pixels: 900_000_000, maxPixels: 178_956_970 });
  });

  it("refuses more bytes than the limit before it looks at them", async () => {
    const error = await refusal(new Uint8Array(11), { ...defaultImageLimits, maxBytes: 10 });
    expect(error.code).toBe("image_too_large");
    expect(error.message).toContain("11 bytes; the limit is 10");
  });

  it.each([
    ["gif-animated.gif", 2],
    ["webp-animated.webp", 2],
    ["png-animated.png", 3],
    ["png-animated-apart.png", 1],
    ["gif.gif", 1],
    ["webp-lossy.webp", 1],
    ["tiff-lzw.tif", 1],
    ["jpeg-420.jpg", 1],
  ])("counts the frames of %s before it decodes one, and holds them against the limit", async (name, frames) => {
    const allowed = await decodeImage(file(name), { ...defaultImageLimits, maxFrames: frames });
    expect(allowed.data.length).toBe(allowed.width * allowed.height * 3);
    const error = await refusal(file(name), { ...defaultImageLimits, maxFrames: frames - 1 });
    expect(error.code).toBe("image_too_large");
    expect(error.message).toContain(`${frames} frames; the limit is ${frames - 1}`);
  });

  it("refuses a GIF of a million frames in the time that it takes to read it", async () => {
    const frame = [0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0];
    const header = [...Buffer.from("GIF89a"), 1, 0, 1, 0, 0x80, 0, 0, 0, 0, 0, 255, 255, 255];
    const error = await refusal(Buffer.concat([Buffer.from(header), Buffer.alloc(15e6, Buffer.from(frame))]));
    expect(error.details).toEqual({ frames: 1_000_000, maxFrames: 1000 });
  });

  it("refuses a GIF whose frame is larger than its screen says and than the limit", async () => {
    const header = [...Buffer.from("GIF89a"), 1, 0, 1, 0, 0x80, 0, 0, 0, 0, 0, 255, 255, 255];
    const frame = [0x2c, 0, 0, 0, 0, 0x30, 0x75, 0x30, 0x75, 0, 2, 2, 0x44, 1, 0, 0x3b];
    const error = await refusal(Uint8Array.from([...header, ...frame]));
    expect([error.code, error.details.pixels]).toEqual(["image_too_large", 900_000_000]);
  });

  it("refuses a TIFF whose pages point at each other", async () => {
    const whole = Uint8Array.from(file("tiff.tif"));
    const view = new DataView(whole.buffer);
    const first = view.getUint32(4, true);
    view.setUint32(first + 2 + 12 * view.getUint16(first, true), first, true);
    expect((await refusal(whole)).details).toEqual({ frames: 1001, maxFrames: 1000 });
  });

  it("does not call a picture damaged when it is memory that is missing", () => {
    const cause = new Error("vips_image_write_to_memory: out of memory -- size == 480MB");
    const error = decodeFailure(file("png-rgb.png"), "png", cause);
    expect(error.code).toBe("insufficient_memory");
    expect(error.message).toContain("size == 480MB");
    expect(error.cause).toBe(cause);
  });

  it("answers damaged files with pixels or a ModelError, never with anything else", async () => {
    const names = Object.keys(references).filter((name) => /^(jpeg-4|png-|webp|gif|tiff|bmp|pnm)/.test(name));
    const damage = fc.array(fc.tuple(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.nat(255)), {
      minLength: 1,
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), damage, async (name, changes) => {
        const bytes = Uint8Array.from(file(name));
        for (const [place, value] of changes) bytes[Math.floor(place * bytes.length)] = value;
        try {
          const image = await decodeImage(bytes, { ...defaultImageLimits, maxPixels: 1e6 });
          expect(image.data.length).toBe(image.width * image.height * 3);
        } catch (error) {
          expect(isModelError(error)).toBe(true);
          expect(["image_undecodable", "image_too_large"]).toContain((error as ModelError).code);
        }
      }),
      { numRuns: 300 },
    );
  });
});

function file(name: string): Uint8Array {
  return readFileSync(new URL(`pictures/${name}`, fixtures));
}

async function refusal(bytes: Uint8Array, limits?: ImageLimits): Promise<ModelError> {
  const outcome: unknown = await decodeImage(bytes, limits).catch((error: unknown) => error);
  if (!isModelError(outcome)) throw new Error(`expected a ModelError, got ${String(outcome)}`);
  return outcome;
}

/** A PNG that states a size and then ends after a little data; checksums are not looked at before the size is. */
function pngHeader(width: number, height: number): Uint8Array {
  const chunk = (tag: string, data: Buffer): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    return Buffer.concat([length, Buffer.from(tag), data, checksum(Buffer.concat([Buffer.from(tag), data]))]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(Buffer.alloc(100))),
  ]);
}

function checksum(bytes: Buffer): Buffer {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  const result = Buffer.alloc(4);
  result.writeUInt32BE(~crc >>> 0);
  return result;
}

function withWord(bytes: Uint8Array, ...words: readonly [number, number, number, number]): Uint8Array {
  const changed = Uint8Array.from(bytes);
  const view = new DataView(changed.buffer);
  view.setUint32(words[0], words[1], true);
  view.setUint32(words[2], words[3], true);
  return changed;
}

/** A little-endian TIFF with another number in the entry of a tag, which may become another tag's. */
function withTiffTag(bytes: Uint8Array, tag: number, value: number, renamed: number = tag): Buffer {
  const changed = Buffer.from(bytes);
  const start = changed.readUInt32LE(4);
  for (let at = start + 2; at < start + 2 + 12 * changed.readUInt16LE(start); at += 12) {
    if (changed.readUInt16LE(at) !== tag) continue;
    changed.writeUInt16LE(renamed, at);
    changed.writeUInt16LE(value, at + 8);
  }
  return changed;
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex").slice(0, 16);
}
