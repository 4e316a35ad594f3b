import { expect, test } from "vitest";
import type { ModelSpec } from "../../contract/model-spec.ts";
import type { VerifiedFiles } from "../../files/artifact-store.ts";
import { believedFiles } from "./believed-files.ts";

const spec = {
  local_artifacts: [
    { name: "a", path: "sub/a.onnx" },
    { name: "b", path: "b" },
  ],
} as unknown as ModelSpec;
const digest = { stamp: "1:2:3:4:5", sha256: "0".repeat(64) };

test("of what a runner says it has verified, the paths of its own spec's artifacts are believed", () => {
  const reported = { "/models/sub/a.onnx": digest, "/models/other/c.onnx": digest, "/etc/passwd": digest };
  expect(believedFiles(reported, spec, "/models")).toEqual({ "/models/sub/a.onnx": digest });
});

test("what has not the shape of a digest is not believed, and nothing else that stands beside it is kept", () => {
  const reported = {
    "/models/sub/a.onnx": { ...digest, sha256: "yes" },
    "/models/b": { ...digest, extra: "x" },
  } as unknown as VerifiedFiles;
  expect(believedFiles(reported, spec, "/models")).toEqual({ "/models/b": digest });
  expect(believedFiles({ "/models/b": null } as unknown as VerifiedFiles, spec, "/models")).toEqual({});
});
