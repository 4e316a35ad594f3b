import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ModelError } from "../contract/model-error.ts";
import type { ArtifactDeclaration, ModelSpec } from "../contract/model-spec.ts";
import { weightsDigest } from "../contract/weights-digest.ts";
import { ArtifactStore } from "./artifact-store.ts";
import { sha256Of } from "./sha256-of.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "menagerie-artifacts-"));
  await writeFile(join(root, "model.onnx"), "weights");
});
afterEach(() => rm(root, { recursive: true, force: true }));

function specWith(...artifacts: Partial<ArtifactDeclaration>[]): ModelSpec {
  const local_artifacts = artifacts.map((artifact, i) => ({
    name: `a${i}`,
    path: "model.onnx",
    kind: "file",
    ...artifact,
  }));
  return { model_name: "m", weights_digest: "auto", local_artifacts } as unknown as ModelSpec;
}

function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "no error",
    (error: ModelError) => error.code,
  );
}

describe("an artifact", () => {
  test("has the digest that sha256sum prints", async () => {
    expect(await sha256Of(join(root, "model.onnx"))).toBe(
      "9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c",
    );
  });

  test("is handed out by a path to its bytes once they are those that were pinned", async () => {
    using store = new ArtifactStore(specWith({ sha256: await sha256Of(join(root, "model.onnx")) }), root);
    expect(await readFile(await store.path("a0"), "utf8")).toBe("weights");
    expect((await store.file("a0")).location).toBe(join(root, "model.onnx"));
  });

  // Elsewhere a replacement is noticed, not withstood.
  test.runIf(existsSync("/proc/self/fd"))("that is replaced after it was handed out is read as it was", async () => {
    using store = new ArtifactStore(specWith({ sha256: await sha256Of(join(root, "model.onnx")) }), root);
    const path = await store.path("a0");
    await writeFile(join(root, "other"), "others!");
    await rename(join(root, "other"), join(root, "model.onnx"));
    expect(await readFile(path, "utf8")).toBe("weights");
  });

  test("that was written to since it was handed out is reported, even with its times restored", async () => {
    using store = new ArtifactStore(specWith({ sha256: await sha256Of(join(root, "model.onnx")) }), root);
    await store.path("a0");
    await store.assertUnchanged();
    const { atime, mtime } = await stat(join(root, "model.onnx"));
    await writeFile(join(root, "model.onnx"), "weightZ");
    await utimes(join(root, "model.onnx"), atime, mtime);
    expect(await codeOf(store.assertUnchanged())).toBe("weights_digest_mismatch");
  });

  test("stays open until its store is closed, and no longer", async () => {
    const store = new ArtifactStore(specWith({ sha256: await sha256Of(join(root, "model.onnx")) }), root);
    const openFiles = async () => (await readdir("/proc/self/fd").catch(() => [])).length;
    const before = await openFiles();
    for (let i = 0; i < 20; i++) {
      await store.path("a0");
      store[Symbol.dispose]();
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await openFiles()).toBeLessThanOrEqual(before + 5);
  });

  test("whose folder may not be looked into, or for which no descriptor is left, is not told of as missing", async () => {
    await symlink("loop", join(root, "loop"));
    const sha256 = "0".repeat(64);
    await expect(new ArtifactStore(specWith({ path: "loop", sha256 }), root).path("a0")).rejects.toMatchObject({
      code: "weights_unreadable",
      message: expect.stringContaining("ELOOP"),
    });
  });

  test("that is missing, empty, a folder, unpinned or changed by one byte is refused, each with its own code", async () => {
    const sha256 = await sha256Of(join(root, "model.onnx"));
    await writeFile(join(root, "empty"), "");
    await mkdir(join(root, "folder"));
    await writeFile(join(root, "changed"), "weightS");
    const refused = (artifact: Partial<ArtifactDeclaration>) =>
      codeOf(new ArtifactStore(specWith({ sha256, ...artifact }), root).path("a0"));
    expect(await refused({ path: "nowhere" })).toBe("weights_missing");
    expect(await refused({ path: "empty" })).toBe("weights_empty");
    expect(await refused({ path: "folder" })).toBe("weights_unreadable");
    expect(await refused({ path: "changed" })).toBe("weights_digest_mismatch");
    expect(await codeOf(new ArtifactStore(specWith({}), root).path("a0"))).toBe("weights_unpinned");
    expect(await refused({ path: "../outside" })).toBe("artifact_outside_root");
  });

  test("that changes after it was verified is caught, even with its size and its time put back", async () => {
    const store = new ArtifactStore(specWith({ sha256: await sha256Of(join(root, "model.onnx")) }), root);
    await store.path("a0");
    const { atime, mtime } = await stat(join(root, "model.onnx"));
    await writeFile(join(root, "model.onnx"), "weightZ");
    await utimes(join(root, "model.onnx"), atime, mtime);
    expect(await codeOf(store.path("a0"))).toBe("weights_digest_mismatch");
  });

  test("that was verified before is not read again", async () => {
    const spec = specWith({ sha256: await sha256Of(join(root, "model.onnx")) });
    const first = new ArtifactStore(spec, root);
    await first.path("a0");
    const [file, known] = Object.entries(first.verified)[0] ?? [];
    // A remembered digest that is wrong would not be believed if the bytes were read.
    const lying = { [file ?? ""]: { stamp: known?.stamp ?? "", sha256: "0".repeat(64) } };
    expect(await codeOf(new ArtifactStore(spec, root, lying).path("a0"))).toBe("weights_digest_mismatch");
    expect(await codeOf(new ArtifactStore(spec, root, { ...first.verified }).path("a0"))).toBe("no error");
  });

  test("that is a folder is pinned by all that is in it", async () => {
    await mkdir(join(root, "dir/sub"), { recursive: true });
    await writeFile(join(root, "dir/sub/a.txt"), "a");
    const sha256 = await sha256Of(join(root, "dir"), "dir");
    const store = new ArtifactStore(specWith({ path: "dir", kind: "dir", sha256 }), root);
    expect(await store.path("a0")).toBe(join(root, "dir"));
    await writeFile(join(root, "dir/sub/b.txt"), "");
    expect(await codeOf(store.path("a0"))).toBe("weights_digest_mismatch");
  });
});

describe("the digest over all artifacts", () => {
  const a = { name: "a", path: "a", sha256: "1".repeat(64) };
  const b = { name: "b", path: "b", sha256: "2".repeat(64) };

  test("does not depend on their order, and does on their bytes and names", () => {
    expect(weightsDigest(specWith(a, b))).toBe(weightsDigest(specWith(b, a)));
    expect(weightsDigest(specWith(a, b))).not.toBe(weightsDigest(specWith(a, { ...b, sha256: "3".repeat(64) })));
    expect(weightsDigest(specWith(a, b))).not.toBe(weightsDigest(specWith(a, { ...b, path: "c" })));
  });

  test("that a spec pins and its artifacts do not have is refused with both", async () => {
    const sha256 = await sha256Of(join(root, "model.onnx"));
    const spec = { ...specWith({ sha256 }), weights_digest: `sha256:${"0".repeat(64)}` } as ModelSpec;
    await expect(new ArtifactStore(spec, root).verifyAll()).rejects.toMatchObject({
      code: "weights_digest_mismatch",
      details: { expected: spec.weights_digest, actual: weightsDigest(specWith({ sha256 })) },
    });
  });
});
