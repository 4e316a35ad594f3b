import { createHash, randomBytes } from "node:crypto";
import { chmod, mkdir, mkdtemp, readFile, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ArtifactDigest } from "../contract/artifact-digest.ts";
import type { ModelError } from "../contract/model-error.ts";
import type { ArtifactDeclaration, ModelSpec } from "../contract/model-spec.ts";
import { parseModelSpec } from "../contract/parse-model-spec.ts";
import { weightsDigest } from "../contract/weights-digest.ts";
import { removeFolder } from "../forms/form-files.ts";
import { ArtifactStore } from "./artifact-store.ts";
import { digestsOf } from "./file-digests.ts";
import { sha256Of } from "./sha256-of.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "menagerie-validation-"));
});
afterEach(() => removeFolder(root));

function specWith(artifact: Partial<ArtifactDeclaration>): ModelSpec {
  const local_artifacts = [{ name: "a", path: "model.onnx", kind: "file", ...artifact }];
  return { model_name: "m", weights_digest: "auto", local_artifacts } as unknown as ModelSpec;
}

async function refusal(artifact: Partial<ArtifactDeclaration>): Promise<ModelError | undefined> {
  using store = new ArtifactStore(specWith(artifact), root, {}, { digest: digestsOf });
  return store.path("a").then(
    () => undefined,
    (error: ModelError) => error,
  );
}

const hexOf = (algorithm: string, bytes: Uint8Array): string => createHash(algorithm).update(bytes).digest("hex");

describe("before native code opens it, a file", () => {
  test("is refused for the first thing that is wrong: missing, no file, empty, unreadable, of another size, other bytes", async () => {
    const pinned = { sha256: "0".repeat(64), size_bytes: 9 };
    const path = join(root, "model.onnx");
    expect(await refusal(pinned)).toMatchObject({ code: "weights_missing" });
    await mkdir(path);
    expect(await refusal(pinned)).toMatchObject({
      code: "weights_unreadable",
      message: expect.stringMatching(/not a file/),
    });
    await removeFolder(path);
    await writeFile(path, "", { mode: 0 });
    expect(await refusal(pinned)).toMatchObject({ code: "weights_empty" });
    await chmod(path, 0o600);
    await writeFile(path, "weights");
    // Nobody is refused by permissions who is root.
    if (process.getuid?.() !== 0) {
      await chmod(path, 0);
      expect(await refusal(pinned)).toMatchObject({ code: "weights_unreadable" });
      await chmod(path, 0o600);
    }
    expect(await refusal(pinned)).toMatchObject({
      code: "weights_digest_mismatch",
      message: expect.stringMatching(/it has 7 bytes, pinned are 9\. It is not fully copied/),
      details: { expected_bytes: 9, actual_bytes: 7 },
    });
    expect(await refusal({ ...pinned, size_bytes: 7 })).toMatchObject({
      code: "weights_digest_mismatch",
      details: { expected: pinned.sha256, actual: hexOf("sha256", Buffer.from("weights")) },
    });
    expect(await refusal({ sha256: hexOf("sha256", Buffer.from("weights")), size_bytes: 7 })).toBeUndefined();
  });

  test("of another size is refused without being read", async () => {
    await writeFile(join(root, "model.onnx"), "weights");
    let read = 0;
    const digest: typeof digestsOf = (...asked) => {
      read++;
      return digestsOf(...asked);
    };
    using store = new ArtifactStore(specWith({ sha256: "0".repeat(64), size_bytes: 8 }), root, {}, { digest });
    await expect(store.path("a")).rejects.toMatchObject({ code: "weights_digest_mismatch" });
    expect(read).toBe(0);
  });

  test.each([
    [
      "a git-lfs pointer",
      "version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 605804513\n",
      /git-lfs pointer.*605\.8 MB.*git lfs pull/,
    ],
    ["a web page", "<!DOCTYPE html><title>Log in</title>", /web page \("Log in"\).*\/resolve\//],
  ])("that is %s in its place is told by that name", async (_what, text, message) => {
    await writeFile(join(root, "model.onnx"), text);
    for (const size of [{}, { size_bytes: 605_804_513 }])
      expect(await refusal({ sha256: "0".repeat(64), ...size })).toMatchObject({
        code: "weights_digest_mismatch",
        message: expect.stringMatching(message),
      });
  });
});

describe("a publisher's own digest", () => {
  const bytes = Buffer.from("weights");
  test.each(["sha512", "sha1", "md5"])(
    "pins a file by its %s, as the tool of that name prints it",
    async (algorithm) => {
      await writeFile(join(root, "model.onnx"), bytes);
      const digest = `${algorithm}:${hexOf(algorithm, bytes)}` as ArtifactDigest;
      expect(await refusal({ digest })).toBeUndefined();
      await writeFile(join(root, "model.onnx"), "weightZ");
      expect(await refusal({ digest })).toMatchObject({
        code: "weights_digest_mismatch",
        details: { expected: digest, actual: `${algorithm}:${hexOf(algorithm, Buffer.from("weightZ"))}` },
      });
    },
  );

  test("and a sha256 beside it must both be the file's, and both are remembered", async () => {
    await writeFile(join(root, "model.onnx"), bytes);
    const sha256 = hexOf("sha256", bytes);
    const digest: ArtifactDigest = `md5:${hexOf("md5", bytes)}`;
    expect(await refusal({ sha256: "0".repeat(64), digest })).toMatchObject({ details: { actual: sha256 } });
    expect(await refusal({ sha256, digest: `md5:${"0".repeat(32)}` })).toMatchObject({ details: { actual: digest } });
    const verified = {};
    let read = 0;
    const counting: typeof digestsOf = (...asked) => {
      read++;
      return digestsOf(...asked);
    };
    for (const _ of [1, 2]) {
      using store = new ArtifactStore(specWith({ sha256, digest }), root, verified, { digest: counting });
      await store.path("a");
    }
    expect(read).toBe(1);
    // A file that was remembered by its sha256 alone is read again for the other one.
    const half = Object.fromEntries(
      Object.entries<object>(verified).map(([path, known]) => [path, { ...known, other: undefined }]),
    );
    using store = new ArtifactStore(specWith({ sha256, digest }), root, half as never, { digest: counting });
    await store.path("a");
    expect(read).toBe(2);
  });

  test("is checked by its shape, is none for a folder, and stands in the digest over all weights", () => {
    const spec = (artifact: object): ModelSpec =>
      parseModelSpec(
        {
          ...{
            model_name: "x",
            model_version: "1",
            role: "r",
            tasks: ["embed-text"],
            loader: "l",
            runtime: "inprocess",
          },
          ...{
            engine: "onnx",
            precision: "fp32",
            device_policy: "cpu",
            resource_requirements: { vram_mb: 0, ram_mb: 1 },
          },
          ...{ licence: { id: "MIT" }, local_artifacts: [{ name: "a", path: "a", ...artifact }] },
        },
        "the test",
      );
    const md5 = `md5:${"0".repeat(32)}`;
    expect(spec({ digest: md5 }).local_artifacts[0]?.digest).toBe(md5);
    for (const digest of [
      "md5:00",
      `sha256:${"0".repeat(64)}`,
      `shake128:${"0".repeat(32)}`,
      `MD5:${"0".repeat(32)}`,
      `md5:${"g".repeat(32)}`,
    ])
      expect(() => spec({ digest })).toThrow(expect.objectContaining({ code: "model_spec_invalid" }));
    expect(() => spec({ digest: md5, kind: "dir" })).toThrow(/zoo lock/);
    expect(weightsDigest(spec({ digest: md5 }))).not.toBe(weightsDigest(spec({ digest: `md5:${"1".repeat(32)}` })));
  });
});

describe("one flipped byte", () => {
  /** More than the first read and one large one. */
  const size = (1 << 16) + (1 << 20) + 4097;
  const edges = [0, 1, (1 << 16) - 1, 1 << 16, (1 << 16) + (1 << 20) - 1, (1 << 16) + (1 << 20), size - 2, size - 1];
  const position = fc.oneof(fc.constantFrom(...edges), fc.nat(size - 1));

  test("of an artifact, wherever it is, is weights_digest_mismatch, by whichever digest it is pinned", async () => {
    const bytes = randomBytes(size);
    const path = join(root, "model.onnx");
    const pins = ["sha256", "sha512", "sha1", "md5"].map((algorithm) => {
      const hex = hexOf(algorithm, bytes);
      return algorithm === "sha256" ? { sha256: hex } : { digest: `${algorithm}:${hex}` as ArtifactDigest };
    });
    await writeFile(path, bytes);
    for (const pin of pins) expect(await refusal(pin)).toBeUndefined();
    await fc.assert(
      fc.asyncProperty(position, fc.integer({ min: 1, max: 255 }), fc.constantFrom(...pins), async (at, flip, pin) => {
        const other = Buffer.from(bytes);
        other[at] = (other[at] ?? 0) ^ flip;
        await writeFile(path, other);
        expect(await refusal({ ...pin, size_bytes: size })).toMatchObject({ code: "weights_digest_mismatch" });
      }),
      { numRuns: 30, examples: edges.map((at, i) => [at, 1, pins[i % pins.length] ?? {}]) },
    );
  });

  test("of any file in a folder is weights_digest_mismatch, also behind a link", async () => {
    await mkdir(join(root, "dir/sub"), { recursive: true });
    await writeFile(join(root, "blob"), "linked");
    const files = ["dir/a", "dir/sub/b", "blob"];
    for (const file of files.slice(0, 2)) await writeFile(join(root, file), randomBytes(100));
    await symlink("../../blob", join(root, "dir/sub/link"));
    const spec = specWith({ path: "dir", kind: "dir" });
    const { folderDigest } = await import("./folder-digest.ts");
    const { sha256 } = await folderDigest(join(root, "dir"), { root });
    expect(await refusal({ ...spec.local_artifacts[0], sha256 })).toBeUndefined();
    for (const file of files)
      for (const at of [0, -1]) {
        const bytes = await readFile(join(root, file));
        const other = Buffer.from(bytes);
        const index = at < 0 ? bytes.length - 1 : at;
        other[index] = (other[index] ?? 0) ^ 1;
        await writeFile(join(root, file), other);
        expect(await refusal({ ...spec.local_artifacts[0], sha256 })).toMatchObject({
          code: "weights_digest_mismatch",
        });
        await writeFile(join(root, file), bytes);
      }
    expect(await refusal({ ...spec.local_artifacts[0], sha256 })).toBeUndefined();
  });
});

test("a folder that is an artifact is hashed once while nothing in it changes, and is empty by its own code", async () => {
  await mkdir(join(root, "dir"));
  const artifact = { path: "dir", kind: "dir" as const, sha256: "0".repeat(64) };
  expect(await refusal(artifact)).toMatchObject({ code: "weights_empty" });
  await writeFile(join(root, "dir/a"), "weights");
  const sha256 = await sha256Of(join(root, "dir"), "dir");
  const verified = {};
  let read = 0;
  const digest: typeof digestsOf = (...asked) => {
    read++;
    return digestsOf(...asked);
  };
  for (const _ of [1, 2]) {
    using store = new ArtifactStore(specWith({ ...artifact, sha256 }), root, verified, { digest });
    await store.path("a");
    await store.assertUnchanged();
  }
  expect(read).toBe(1);
  using store = new ArtifactStore(specWith({ ...artifact, sha256, size_bytes: 7 }), root, verified);
  await store.path("a");
  await writeFile(join(root, "dir/a"), "weights");
  await expect(store.assertUnchanged()).rejects.toMatchObject({ code: "weights_digest_mismatch" });
});
