import { lstat, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { BoxedPull, specOf, weights } from "../hub-in-a-box/boxed-pull.ts";
import { carryOut, Sources } from "../index.ts";

const graph = weights(30_000);
const files = { "onnx/model.onnx": graph };
const place = "small/onnx/model.onnx";

describe("what somebody put in the place of a file stays, and nothing is fetched for it:", () => {
  const lying: [string, (target: string) => Promise<void>, string, RegExp][] = [
    ["a file", (target) => writeFile(target, "mine"), "weights_digest_mismatch", /is there already.*--force/],
    [
      "a link to a file",
      async (target) => {
        await writeFile(`${target}.mine`, "mine");
        await symlink(`${target}.mine`, target);
      },
      "weights_digest_mismatch",
      /is there already.*--force/,
    ],
    [
      "a link to a disk that is not there",
      (target) => symlink("/mnt/no-disk", target),
      "weights_missing",
      /link to \/mnt\/no-disk/,
    ],
  ];

  test.each(lying)("%s", async (_what, put, code, message) => {
    await using box = await BoxedPull.of({ files });
    const target = join(box.root, place);
    await mkdir(dirname(target), { recursive: true });
    await put(target);
    const web = specOf({ origin: { repository: `${box.hub.address}/acme/model/resolve/main` } });
    for (const spec of [specOf(), web]) {
      const before = box.hub.sentBytes;
      await expect(box.pull({ spec })).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
      // A web server is asked for one byte, to learn what it has.
      expect(box.hub.sentBytes - before).toBeLessThan(2);
    }
    await box.pull({ isReplaced: true });
    expect(Buffer.compare(await readFile(target), graph)).toBe(0);
  });

  test("but what another model has brought there since the plan was made is used", async () => {
    await using box = await BoxedPull.of({ files });
    using sources = new Sources([], { env: box.env });
    const plans = [await box.plan({}, sources), await box.plan({}, sources)];
    for (const plan of plans) await carryOut(plan, box.store, { env: box.env });
    expect(box.hub.sentBytes).toBe(graph.length);
  });

  test("but the very file behind a link is used as it is", async () => {
    await using box = await BoxedPull.of({ files });
    const target = join(box.root, place);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(`${target}.mine`, graph);
    await symlink(`${target}.mine`, target);
    expect((await box.pull()).artifacts).toMatchObject([{ from: "present" }]);
    expect((await lstat(target)).isSymbolicLink()).toBe(true);
  });
});
