import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { refusalOfChanged } from "./changed-checkpoint.ts";

test("a copy is changed as asked, the error comes back, and the checkpoint stays as it was", async () => {
  const checkpoint = await mkdtemp(join(tmpdir(), "menagerie-checkpoint-"));
  const config = JSON.stringify({ name: "日本", inner: { a: 1, b: 2 }, list: [1, 2] });
  await writeFile(join(checkpoint, "config.json"), config);
  await writeFile(join(checkpoint, "graph"), Uint8Array.of(0, 200, 255));
  await writeFile(join(checkpoint, "spare"), "");
  const changes = {
    "config.json": { inner: { b: 3 }, list: [4] },
    graph: (bytes: string) => bytes.slice(1),
    spare: undefined,
  };
  const error = await refusalOfChanged(checkpoint, changes, async (folder) => {
    expect(JSON.parse(await readFile(join(folder.path, "config.json"), "utf8"))).toEqual({
      ...{ name: "日本", inner: { a: 1, b: 3 }, list: [4] },
    });
    expect([...(await readFile(join(folder.path, "graph")))]).toEqual([200, 255]);
    expect(await folder.has("spare")).toBe(false);
    throw folder.refusal("config.json", "list", "is short");
  });
  expect(error).toMatchObject({ code: "checkpoint_invalid", message: expect.stringContaining('key "list": is short') });
  expect(await readFile(join(checkpoint, "config.json"), "utf8")).toBe(config);
  expect(await refusalOfChanged(checkpoint, {}, () => Promise.resolve())).toBeUndefined();
  await rm(checkpoint, { recursive: true });
});
