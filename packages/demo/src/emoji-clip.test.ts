import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { createZoo } from "@menagerie/core/host";
import { describe, expect, test } from "vitest";
import { zooFile } from "./index.ts";

const fixtures = new URL("../fixtures/emoji/", import.meta.url);
const root = fileURLToPath(new URL("../../..", import.meta.url));

const read = async <T>(file: string): Promise<T> => JSON.parse(await readFile(new URL(file, fixtures), "utf8")) as T;
const pictures = await read<{ file: string; name: string }[]>("index.json");
const bytesOf = (file: string): Promise<Uint8Array> => readFile(new URL(file, fixtures));

describe("the emoji model, through the whole zoo", () => {
  test("names 200 pictures whose scales, angles and backgrounds it was never trained on: 85 % first, 97 % among five", async () => {
    await using zoo = await createZoo({ appDir: root, specFile: zooFile });
    const images = await Promise.all(pictures.map(({ file }) => bytesOf(file)));
    const { output } = await zoo.run("emoji-clip", "match-image", { images, top_k: 5 });
    const ranks = output.per_image.map(({ image, matches }) =>
      matches.findIndex((match) => match.label === pictures[image]?.name),
    );
    expect(ranks).toHaveLength(200);
    expect(ranks.filter((rank) => rank === 0).length / 200).toBeGreaterThanOrEqual(0.85);
    expect(ranks.filter((rank) => rank >= 0).length / 200).toBeGreaterThanOrEqual(0.97);
  });

  test("puts the slice of pizza first when asked in words", async () => {
    await using zoo = await createZoo({ appDir: root, specFile: zooFile });
    const images = await Promise.all(pictures.map(({ file }) => bytesOf(file)));
    const asked = pictures.slice(0, 20).map(({ name }) => `a ${name}`);
    const { output } = await zoo.run("emoji-clip", "match-image", { images, labels: asked, top_k: 1 });
    const right = output.per_label.filter(({ matches }, i) => matches[0]?.image === i).length;
    expect(right).toBeGreaterThanOrEqual(17);
  });
});
