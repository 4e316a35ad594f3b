import { open, readdir } from "node:fs/promises";
import { extname, join } from "node:path";
import type { CheckpointFolder } from "@menagerie/core/adopt";

/** What a folder's regression and its table of ranges are called. */
export interface RegressionFiles {
  readonly model: string;
  readonly range: string | undefined;
  /** OpenCV's YAML, or the text of libsvm. */
  readonly isLibsvm: boolean;
}

/**
 * Finds a regression by the names that OpenCV, its `brisque_trainer` and the authors' release give it, or by what files of
 * other names begin with.
 * @throws ModelError `checkpoint_invalid` where there is none, or more than one of a kind
 */
export async function regressionFiles(folder: CheckpointFolder): Promise<RegressionFiles> {
  const files = await kinds(folder);
  const opencv = pick(folder, files, "opencv-model", ["brisque_model_live.yml", "brisque_model.yml", "model.yml"]);
  if (opencv !== undefined) {
    const names = ["brisque_range_live.yml", "brisque_range.yml", "range.yml"];
    const range = pick(folder, files, "opencv-range", names);
    return { model: opencv, range: range ?? (await folder.first(names)), isLibsvm: false };
  }
  const libsvm = pick(folder, files, "libsvm-model", ["allmodel"]);
  if (libsvm !== undefined)
    return { model: libsvm, range: pick(folder, files, "libsvm-range", ["allrange"]), isLibsvm: true };
  const weights = files.find(({ name }) => [".pt", ".pth"].includes(extname(name)))?.name;
  if (weights !== undefined)
    throw folder.refusal(
      weights,
      undefined,
      `is PyTorch's: "python tools/export/brisque.py ${weights} ." makes the file allmodel of it`,
    );
  const first = await folder.first(["brisque_model_live.yml", "brisque_model.yml", "model.yml", "allmodel"]);
  // It is there by its name, and what it holds is refused where it is read.
  return {
    model: first,
    range: await folder.first(["brisque_range_live.yml", "brisque_range.yml", "range.yml"]),
    isLibsvm: false,
  };
}

type Kind = "opencv-model" | "opencv-range" | "libsvm-model" | "libsvm-range";

interface KnownFile {
  readonly name: string;
  readonly kind: Kind | undefined;
}

async function kinds(folder: CheckpointFolder): Promise<KnownFile[]> {
  const entries = await readdir(folder.path, { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  return Promise.all(names.sort().map(async (name) => ({ name, kind: kindOf(await head(join(folder.path, name))) })));
}

function kindOf(text: string): Kind | undefined {
  if (text.startsWith("%YAML")) {
    if (/^opencv_ml_svm:/m.test(text)) return "opencv-model";
    return /^range:/m.test(text) ? "opencv-range" : undefined;
  }
  if (text.startsWith("svm_type ")) return "libsvm-model";
  return /^[xy]\r?\n-?[\d.]/.test(text) ? "libsvm-range" : undefined;
}

async function head(path: string): Promise<string> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(new Uint8Array(256), 0, 256, 0);
  return new TextDecoder("latin1").decode(buffer.subarray(0, bytesRead));
}

function pick(
  folder: CheckpointFolder,
  files: readonly KnownFile[],
  kind: Kind,
  usual: readonly string[],
): string | undefined {
  const found = files.filter((file) => file.kind === kind).map(({ name }) => name);
  const known = usual.find((name) => found.includes(name));
  if (known !== undefined || found.length < 2) return known ?? found[0];
  throw folder.refusal(
    found[0] ?? "",
    undefined,
    `is not the only one of its kind: there is ${found.slice(1).join(", ")}`,
  );
}
