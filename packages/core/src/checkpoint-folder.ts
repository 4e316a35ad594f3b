import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { z } from "zod";
import { sha256Of } from "./artifact-store.ts";
import { ModelError } from "./model-error.ts";
import type { ArtifactDeclaration, Precision } from "./model-spec.ts";
import { systemError } from "./system-error.ts";

/** A folder in the layout of the public conversions, read with errors that name the file and the key. */
export class CheckpointFolder {
  readonly path: string;
  /** Precision of the graphs that are wanted; the most exact that the folder has where left out. */
  readonly precision: Precision | undefined;

  constructor(path: string, precision?: Precision) {
    this.path = path;
    this.precision = precision;
  }

  async has(file: string): Promise<boolean> {
    return stat(join(this.path, file)).then(
      (info) => info.isFile(),
      () => false,
    );
  }

  /** The first of these files that exists. @throws `checkpoint_invalid` naming all that were looked for. */
  async first(files: readonly string[]): Promise<string> {
    for (const file of files) if (await this.has(file)) return file;
    throw this.refusal(files[0] ?? "", undefined, `is missing (looked for ${files.join(", ")})`);
  }

  /** A JSON file in a given shape; keys that the shape does not name are left alone. */
  async json<T>(file: string, shape: z.ZodType<T>): Promise<T> {
    const text = await readFile(join(this.path, file), "utf8").catch((cause: unknown) => {
      const details = { folder: this.path, file };
      throw systemError(`${this.path} does not fit: ${file} cannot be read`, cause, {
        code: "checkpoint_invalid",
        details,
      });
    });
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (cause) {
      throw this.refusal(file, undefined, "is not JSON", cause);
    }
    const result = shape.safeParse(value);
    if (result.success) return result.data;
    const issue = result.error.issues[0];
    throw this.refusal(file, issue?.path.map(String).join("."), issue?.message ?? "does not fit");
  }

  /** Declares a file of the folder as an artifact, with its digest and size. */
  async artifact(name: string, file: string): Promise<ArtifactDeclaration> {
    const path = join(this.path, file);
    const info = await stat(path).catch((cause: unknown) => {
      throw this.refusal(file, undefined, "is missing", cause);
    });
    return { name, path: file, kind: "file", sha256: await sha256Of(path), size_bytes: info.size };
  }

  /** The error for a file, or one key of it, that does not fit the family. */
  refusal(file: string, key: string | undefined, problem: string, cause?: unknown): ModelError {
    const place = key === undefined || key === "" ? file : `${file}, key "${key}"`;
    return new ModelError("checkpoint_invalid", `${this.path} does not fit: ${place}: ${problem}.`, {
      details: { folder: this.path, file, ...(key === undefined ? {} : { key }) },
      ...(cause === undefined ? {} : { cause }),
    });
  }
}
