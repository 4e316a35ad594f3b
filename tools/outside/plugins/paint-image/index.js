import { crc32, deflateSync } from "node:zlib";
import { definePlugin, ModelLoaderBase } from "@menagerie/core/loader";

/** Paints a stripe for each colour that the prompt names. */
class MirrorLoader extends ModelLoaderBase {
  tasks = {
    "paint-image": (_opened, { prompt, size }) => {
      const colours = [...prompt.matchAll(/#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})/gi)].map((found) =>
        found.slice(1).map((level) => Number.parseInt(level, 16)),
      );
      const stripes = colours.length > 0 ? colours : [[255, 255, 255]];
      return { image: png(size, stripes), stripes: stripes.length };
    },
  };

  async open() {
    return {};
  }
}

function png(size, stripes) {
  const rows = Buffer.alloc(size * (1 + size * 3));
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++)
      rows.set(stripes[Math.floor((x * stripes.length) / size)], y * (1 + size * 3) + 1 + x * 3);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 2], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const chunks = [chunk("IHDR", header), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))];
  return new Uint8Array(Buffer.concat([signature, ...chunks]));
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

export default definePlugin({ name: "outside-paint-image", loaders: { mirror: MirrorLoader } });
