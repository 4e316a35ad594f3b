import { appendFile, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CheckpointFolder } from "@menagerie/core/adopt";
import { afterEach, beforeEach, expect, test } from "vitest";
import { soleGraph } from "./sole-graph.ts";
import { tinyModel } from "./tiny-model.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "menagerie-sole-"));
  await mkdir(join(folder, "onnx"));
});
afterEach(() => rm(folder, { recursive: true }));

async function found(...files: string[]): Promise<string> {
  for (const file of files) await writeFile(join(folder, file), tinyModel());
  const graph = await soleGraph(new CheckpointFolder(folder), ["model", "best"], ["text_model"]);
  expect(graph.artifacts.map(({ name }) => name)).toEqual(["model"]);
  return graph.file;
}

test("a graph of any name is found where it is the only one, one of a usual name among others", async () => {
  expect(await found("yolov8s-worldv2_fp16.onnx", "text_model.onnx", "read-me.txt")).toBe("yolov8s-worldv2_fp16.onnx");
  expect(await found("yolov8s-worldv2.onnx")).toBe("yolov8s-worldv2.onnx");
  expect(await found("best.onnx")).toBe("best.onnx");
  expect(await found("onnx/model.onnx")).toBe("onnx/model.onnx");
});

test("two of unusual names are refused by name, and so is a folder without any", async () => {
  await expect(found()).rejects.toMatchObject({
    code: "checkpoint_invalid",
    message: expect.stringContaining(
      "model.onnx: is missing (looked for model.onnx, best.onnx or the only other .onnx file",
    ),
  });
  await expect(found("a.onnx", "b_int8.onnx")).rejects.toMatchObject({
    code: "checkpoint_invalid",
    message: expect.stringContaining("which of a.onnx, b.onnx is meant is not clear"),
  });
});

test("two graphs of one name that are not the same are told, and --file chooses", async () => {
  expect(await found("onnx/model.onnx", "model.onnx")).toBe("onnx/model.onnx");
  await appendFile(join(folder, "model.onnx"), Buffer.from([0x32, 0]));
  await expect(found("onnx/model.onnx")).rejects.toThrow(
    /model\.onnx: is another graph than onnx\/model\.onnx \(\d+ bytes, and \d+\)\. Name the one that is meant: --file onnx\/model\.onnx/,
  );
  const chosen = await soleGraph(new CheckpointFolder(folder, { graph: "model.onnx" }), ["model"]);
  expect(chosen.file).toBe("model.onnx");
});

test("a link to nothing and half a download are told as what they are", async () => {
  await writeFile(join(folder, "model.onnx.part"), "half");
  await expect(found()).rejects.toThrow("model.onnx.part: is a download that was not finished. Fetch the file again");
  await symlink("../blobs/abc", join(folder, "onnx/model.onnx"));
  await expect(found()).rejects.toThrow(
    "onnx/model.onnx: is a link to ../blobs/abc, which is not there. Copy the folder",
  );
});
