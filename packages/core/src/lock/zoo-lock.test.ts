import { rmSync, writeFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { parseModelSpec } from "../contract/parse-model-spec.ts";
import { changeZooLock } from "./change-zoo-lock.ts";
import { resolveSpec } from "./resolve-spec.ts";
import { emptyLock, type LockedModel, readZooLock, withLockedModel } from "./zoo-lock.ts";
import { zooLockText } from "./zoo-lock-text.ts";

const sha256 = "ab".repeat(32);
const locked = (model: string): LockedModel => ({
  model,
  origin: { repository: "acme/model", revision: "1f".repeat(20) },
  licence: "MIT",
  artifacts: [
    { name: "b", path: "m/b.onnx", sha256, size_bytes: 2 },
    { name: "a", path: "m/a.onnx", sha256, size_bytes: 1 },
  ],
});

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "menagerie-lock-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

describe("a lock", () => {
  test("has one text, in whichever order its models came", () => {
    const one = withLockedModel(withLockedModel(emptyLock, locked("x")), locked("y"));
    const other = withLockedModel(withLockedModel(withLockedModel(emptyLock, locked("y")), locked("x")), locked("y"));
    expect(zooLockText(one)).toBe(zooLockText(other));
    expect(zooLockText(one).indexOf("m/a.onnx")).toBeLessThan(zooLockText(one).indexOf("m/b.onnx"));
  });

  test("is changed by many at once without losing any, and leaves no other file", async () => {
    const dir = await folder();
    const file = join(dir, "zoo.lock");
    const names = Array.from({ length: 12 }, (_, i) => `model-${i}`);
    await Promise.all(names.map((name) => changeZooLock(file, (lock) => withLockedModel(lock, locked(name)))));
    expect((await readZooLock(file)).models.map(({ model }) => model).sort()).toEqual(names.sort());
    expect(await readdir(dir)).toEqual(["zoo.lock"]);
  });

  test("that a killed process was changing can be changed again", async () => {
    const file = join(await folder(), "zoo.lock");
    await writeFile(`${file}.changing`, "");
    await utimes(`${file}.changing`, 1, 1);
    await changeZooLock(file, (lock) => withLockedModel(lock, locked("x")));
    expect((await readZooLock(file)).models).toHaveLength(1);
  });

  test("that was being changed while the clock was ahead can be changed again, once that was watched long enough", async () => {
    const file = join(await folder(), "zoo.lock");
    await writeFile(`${file}.changing`, "");
    const ahead = Date.now() / 1000 + 3600;
    await utimes(`${file}.changing`, ahead, ahead);
    vi.spyOn(performance, "now").mockImplementation(() => Date.now() * 500);
    onTestFinished(() => void vi.restoreAllMocks());
    await changeZooLock(file, (lock) => withLockedModel(lock, locked("x")));
    expect((await readZooLock(file)).models).toHaveLength(1);
  });

  test("that cannot be changed, as a folder is in the way, says so", async () => {
    const file = join(await folder(), "zoo.lock");
    await mkdir(`${file}.changing`);
    await utimes(`${file}.changing`, 1, 1);
    await expect(changeZooLock(file, (lock) => lock)).rejects.toMatchObject({ code: "system_error" });
  });

  test("whose change took so long that another had its turn is changed anew, and loses nothing of the other's", async () => {
    const dir = await folder();
    const file = join(dir, "zoo.lock");
    let asked = 0;
    const slow = await changeZooLock(file, (lock) => {
      asked++;
      // What another process does that found this one's turn abandoned.
      if (asked === 1) {
        writeFileSync(file, zooLockText(withLockedModel(lock, locked("theirs"))));
        rmSync(`${file}.changing`);
        writeFileSync(`${file}.changing`, "the turn of a third");
      }
      return withLockedModel(lock, locked("ours"));
    });
    expect([asked, slow.models.map(({ model }) => model)]).toEqual([2, ["theirs", "ours"]]);
    expect((await readZooLock(file)).models.map(({ model }) => model).sort()).toEqual(["ours", "theirs"]);
    // The third one's turn is its own to end.
    expect((await readdir(dir)).sort()).toEqual(["zoo.lock", "zoo.lock.changing"]);
  });

  test("that is none stays as it is", async () => {
    const file = join(await folder(), "zoo.lock");
    await writeFile(file, "{");
    await expect(changeZooLock(file, (lock) => lock)).rejects.toMatchObject({ code: "zoo_spec_invalid" });
    expect(await readFile(file, "utf8")).toBe("{");
  });
});

test("a spec has the digests, sizes and revision that the lock has of it, and an error names both where it pins others", () => {
  const pinned = "cd".repeat(32);
  const declared = parseModelSpec(
    {
      ...{ model_name: "x", model_version: "1", role: "r", tasks: ["embed-text"], loader: "l", runtime: "inprocess" },
      ...{ engine: "onnx", precision: "fp32", device_policy: "cpu", resource_requirements: { vram_mb: 0, ram_mb: 1 } },
      licence: { id: "MIT" },
      origin: { repository: "acme/model", revision: "main" },
      local_artifacts: [
        { name: "a", path: "m/a.onnx" },
        { name: "b", path: "m/b.onnx", sha256 },
        { name: "c", path: "m/c.onnx" },
      ],
    },
    "the test",
  );
  const resolved = resolveSpec(declared, withLockedModel(emptyLock, locked("x")));
  expect(resolved.local_artifacts).toMatchObject([{ sha256, size_bytes: 1 }, { sha256, size_bytes: 2 }, { name: "c" }]);
  expect(resolved.local_artifacts[2]?.sha256).toBeUndefined();
  expect(resolved.origin?.revision).toBe("1f".repeat(20));
  expect(resolveSpec(declared, emptyLock)).toBe(declared);
  const [a, b] = declared.local_artifacts;
  const pinning = { ...declared, local_artifacts: [a, { ...b, sha256: pinned }] } as typeof declared;
  expect(() => resolveSpec(pinning, withLockedModel(emptyLock, locked("x")))).toThrow(
    expect.objectContaining({
      code: "weights_digest_mismatch",
      message: expect.stringMatching(
        new RegExp(`${pinned} in the spec, and ${sha256} in the lock.*zoo lock x --update`),
      ),
    }),
  );
});
