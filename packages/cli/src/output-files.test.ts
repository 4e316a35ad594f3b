import { chmod, lstat, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TaskRegistry } from "@menagerie/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { filesObstacle, writerOf } from "./output-files.ts";

const bytes = (media?: string) => ({ type: "string", contentEncoding: "base64", ...(media && { media }) });
const tasks = new TaskRegistry([
  {
    name: "separate-audio",
    summary: "The voices of a recording",
    input: { type: "object" },
    output: {
      type: "object",
      properties: { stems: { type: "object", additionalProperties: bytes("audio") }, cover: bytes("image") },
    },
  },
]);
const task = tasks.named("separate-audio");
const wav = new TextEncoder().encode("RIFF0000WAVEfmt ");
const jpeg = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0);
const output = { stems: { voice: wav, "../drums": wav }, cover: jpeg };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "menagerie-output-"));
});
afterAll(() => rm(folder, { recursive: true }));

test("a folder takes every file of an answer, none of them outside of it, and those of several inputs by their names", async () => {
  const one = await writerOf(`${folder}/stems/`, task, 1);
  expect(await one(output, "talk.wav", 0)).toEqual(
    ["stems.voice.wav", "stems..._drums.wav", "cover.jpg"].map((name) => join(folder, "stems", name)),
  );
  expect(new Uint8Array(await readFile(join(folder, "stems/stems.voice.wav")))).toEqual(wav);
  const several = await writerOf(join(folder, "stems"), task, 2);
  await several({ cover: jpeg }, "a/talk.wav", 0);
  await several({ cover: jpeg }, "b/talk.wav", 1);
  const names = await readdir(join(folder, "stems"));
  expect(names.sort()).toEqual([
    "1.talk.cover.jpg",
    "cover.jpg",
    "stems..._drums.wav",
    "stems.voice.wav",
    "talk.cover.jpg",
  ]);
});

test("each file of an answer has a name of its own, whatever script it is in", async () => {
  const place = join(folder, "names");
  const one = await writerOf(`${place}/`, task, 1);
  const stems = { 声: Uint8Array.of(1), 楽: Uint8Array.of(2), "vo cals": Uint8Array.of(3), vo_cals: Uint8Array.of(4) };
  const names = await one({ stems: { ...stems, VO_cals: Uint8Array.of(5) } }, "talk.wav", 0);
  expect(names[0]).toMatch(/stems\.声\./);
  expect(await Promise.all(names.map(async (name) => [...(await readFile(name))]))).toEqual([[1], [2], [3], [4], [5]]);
  const several = await writerOf(`${place}/`, task, 3);
  const written = await Promise.all(
    ["2.x.p", "x.p", "d/x.p"].map((input, index) => several({ cover: jpeg }, input, index)),
  );
  expect(new Set(written.flat()).size).toBe(3);
  const [long = ""] = await several({ cover: jpeg }, "a text\0of\nmany words ".repeat(100), 3);
  expect(await readFile(long)).toEqual(Buffer.from(jpeg));
});

test("a file is replaced as a whole, with its rights, and what a link leads to stays as it was", async () => {
  const [original, link] = [join(folder, "original.jpg"), join(folder, "link.jpg")];
  await writeFile(original, "original");
  await chmod(original, 0o600);
  await symlink(original, link);
  await (await writerOf(link, task, 1))(output, "talk.wav", 0);
  expect(await readFile(original, "utf8")).toBe("original");
  expect((await lstat(link)).isSymbolicLink()).toBe(false);
  await (await writerOf(original, task, 1))(output, "talk.wav", 0);
  expect(await readFile(original)).toEqual(Buffer.from(jpeg));
  expect((await stat(original)).mode & 0o777).toBe(0o600);
  expect((await readdir(folder)).filter((name) => name.startsWith("."))).toEqual([]);
});

test("a file takes the one that is of its kind, and no other", async () => {
  const cover = await writerOf(join(folder, "cover.jpeg"), task, 1);
  expect(await cover(output, "talk.wav", 0)).toEqual([join(folder, "cover.jpeg")]);
  for (const name of ["cover.png", "talk.wav"]) {
    const write = await writerOf(join(folder, name), task, 1);
    await expect(write(output, "talk.wav", 0)).rejects.toThrow(
      /it holds stems.voice.wav \(audio\/wav\), .*cover.jpg \(image\/jpeg\)\. Name a file of such a kind, or a folder/,
    );
  }
});

test("what cannot be written is said before a model is asked", async () => {
  expect(await filesObstacle("out.png", tasks.named("score-image"), 1)).toMatch(/^an answer to score-image holds no/);
  expect(await filesObstacle("out.wav", task, 2)).toBe(
    "--output must name a folder for the answers to 2 inputs: out.wav/",
  );
  expect(await filesObstacle("out/", task, 2)).toBeUndefined();
});
