import { expect, test } from "vitest";
import { answerFiles, holdsFiles } from "./answer-files.ts";
import { TaskRegistry } from "./task-registry.ts";

const bytes = (media?: string) => ({ type: "string", contentEncoding: "base64", ...(media && { media }) });
const object = (properties: object) => ({ type: "object", properties, additionalProperties: false });

const tasks = new TaskRegistry([
  {
    name: "separate-audio",
    summary: "The voices of a recording",
    input: object({}),
    output: object({
      stems: { type: "object", additionalProperties: bytes("audio") },
      cover: bytes("image"),
      lyrics: { type: "string", media: "text" },
      flow: { tensor: true, ...object({ dtype: { type: "string" }, shape: { type: "array" }, data: bytes() }) },
      title: { type: "string" },
      model: bytes(),
    }),
  },
]);

test("pictures, sounds, texts and tensors are found wherever they stand, and are what they begin like", () => {
  const task = tasks.named("separate-audio");
  const wav = new TextEncoder().encode("RIFF0000WAVEfmt ");
  const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  const data = new Uint8Array(Float32Array.of(1, 2).buffer);
  const files = answerFiles(task, {
    stems: { voice: wav, drums: wav },
    cover: png,
    lyrics: "la",
    flow: { dtype: "float32", shape: [1, 2], data },
    title: "no file",
    model: Uint8Array.of(1, 2, 3),
  });
  expect(files.map(({ path, kind, mediaType, extension }) => [path, kind, mediaType, extension])).toEqual([
    ["stems.voice", "audio", "audio/wav", ".wav"],
    ["stems.drums", "audio", "audio/wav", ".wav"],
    ["cover", "image", "image/png", ".png"],
    ["lyrics", "text", "text/plain; charset=utf-8", ".txt"],
    ["flow", "tensor", "application/x-npy", ".npy"],
    ["model", "file", "application/octet-stream", ".bin"],
  ]);
  // As numpy 2.3 writes it: numpy.save(file, numpy.array([[1, 2]], "<f4")).
  const told = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }".padEnd(117);
  const npy = Buffer.concat([Buffer.from("\x93NUMPY\x01\x00v\x00", "latin1"), Buffer.from(`${told}\n`), data]);
  expect(Buffer.from(files[4]?.bytes ?? []).equals(npy)).toBe(true);
});

test("a map of depth is a tensor of the sides that stand beside it, and a score is no file", () => {
  const depth = new Uint8Array(24);
  const output = { width: 3, height: 2, depth, minimum: 0, maximum: 0, near: "larger" };
  const [file] = answerFiles(tasks.named("estimate-depth"), output);
  expect(new TextDecoder("latin1").decode(file?.bytes)).toContain("'shape': (2, 3)");
  expect([...tasks].filter(holdsFiles).map(({ name }) => name)).toEqual(["estimate-depth", "separate-audio"]);
});
