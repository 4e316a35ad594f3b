import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { removeFolder } from "../forms/form-files.ts";
import { checkpointPlace, whatIsThere } from "./checkpoint-place.ts";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "menagerie-place-"));
  await mkdir(join(root, "my-clip"));
});
afterAll(() => removeFolder(root));

async function written(file: string, content: string | Uint8Array): Promise<string> {
  await mkdir(dirname(join(root, file)), { recursive: true });
  await writeFile(join(root, file), content);
  return join(root, file);
}

const bytes = (text: string, length = 64): Uint8Array =>
  Buffer.concat([Buffer.from(text, "latin1"), Buffer.alloc(length)]);

describe("what is named in place of a checkpoint folder is told, with what to name instead", () => {
  test.each<[string, string, string | Uint8Array, RegExp]>([
    [
      "an ONNX graph",
      "run/best.onnx",
      bytes("\x08\x08\x12"),
      /best\.onnx is an ONNX graph .*zoo adopt \S*\/run --file best\.onnx$/,
    ],
    [
      "one in its folder of graphs",
      "clip/onnx/model.onnx",
      bytes("\x08\x08"),
      /zoo adopt \S*\/clip --file onnx\/model\.onnx$/,
    ],
    [
      "safetensors",
      "w/model.safetensors",
      bytes("\x02\0\0\0\0\0\0\0{}"),
      /a file of weights \(safetensors\).*optimum-cli export onnx/,
    ],
    ["a pickle", "w/model.bin", bytes("\x80\x02}q"), /a PyTorch checkpoint \(a pickle, which is never opened/],
    ["a zip of PyTorch", "w/best.pt", bytes("PK\x03\x04"), /a PyTorch checkpoint \(a zip of pickles/],
    ["GGUF", "w/model.gguf", bytes("GGUF\x03"), /a GGUF model, for llama\.cpp/],
    ["a zip", "w/model.zip", bytes("PK\x03\x04"), /an archive .*Unpack it/],
    ["JSON", "w/config.json", '{"model_type": "clip"}', /a file of JSON .*Adopt the folder that it lies in/],
    [
      "a git-lfs pointer",
      "w/lfs.onnx",
      "version https://git-lfs.github.com/spec/v1\nsize 9\n",
      /git-lfs pointer.*git lfs pull/,
    ],
    ["an empty file", "w/empty.onnx", "", /is empty/],
  ])("%s", async (_what, file, content, message) => {
    const path = await written(file, content);
    await expect(checkpointPlace(path)).rejects.toMatchObject({
      code: "checkpoint_invalid",
      message: expect.stringMatching(message),
    });
  });

  test("a folder that is not there, by the name of one that is near", async () => {
    await expect(checkpointPlace(join(root, "my_clip"))).rejects.toThrow(/Did you mean \S*my-clip\?/);
    await expect(checkpointPlace(join(root, "my-clop"))).rejects.toThrow(/Did you mean \S*my-clip\?/);
    await expect(checkpointPlace(join(root, "whisper"))).rejects.toThrow(
      /There is no folder \S*whisper\. .* has .*my-clip/,
    );
    await expect(checkpointPlace(join(root, "no/such/folder"))).rejects.toThrow(/its path ends at/);
  });

  test("a hub's name and its address, with how to get the files", async () => {
    const name = "openai/clip-vit-base-patch32";
    await expect(checkpointPlace(name)).rejects.toThrow(
      /model's name on a hub: nothing is fetched here.*hf download openai\/clip-vit-base-patch32 --local-dir clip-vit-base-patch32/,
    );
    await expect(checkpointPlace(`https://huggingface.co/${name}/tree/main`)).rejects.toThrow(
      /is an address.*hf download openai\/clip-vit-base-patch32/,
    );
    await expect(checkpointPlace("https://example.com/model.zip")).rejects.toThrow(/is an address.*download its files/);
  });
});

test("a folder without graphs says what it has, and one with graphs further down where they lie", async () => {
  await written("train/weights/best.onnx", bytes("\x08\x08"));
  expect(await whatIsThere(join(root, "train"))).toMatch(
    /further down \(weights\/best\.onnx\): adopt \S*\/train\/weights\./,
  );
  await written("torch/pytorch_model.bin", bytes("\x80\x02"));
  expect(await whatIsThere(join(root, "torch"))).toMatch(/has pytorch_model\.bin and no \.onnx file.*optimum-cli/);
  expect(await whatIsThere(join(root, "my-clip"))).toMatch(/has no files/);
});
