import { readFile, readlink, stat } from "node:fs/promises";
import { join } from "node:path";
import type { z } from "zod";
import { ModelError } from "../contract/model-error.ts";
import type { ArtifactDeclaration } from "../contract/model-spec.ts";
import { systemError } from "../contract/system-error.ts";
import { decodedText } from "../files/decoded-text.ts";
import { sha256Of } from "../files/sha256-of.ts";
import { standInFor } from "../files/stand-in.ts";
import type { AdoptChoices } from "./adopt-choices.ts";
import { complaintOf, notJson } from "./checkpoint-words.ts";

/** What browsers and fetchers call a file until all of it is there. */
const unfinished = [".part", ".incomplete", ".crdownload", ".download", ".tmp", ".aria2"];

/** A folder in the layout of the public conversions, read with errors that name the file and the key. */
export class CheckpointFolder {
  readonly path: string;
  /** What the person who adopts has decided where the folder leaves a choice. */
  readonly choices: AdoptChoices;

  constructor(path: string, choices: AdoptChoices = {}) {
    this.path = path;
    this.choices = choices;
  }

  /** Precision of the graphs that are wanted; default: the most exact that the folder has. */
  get precision(): string | undefined {
    return this.choices.precision;
  }

  async has(file: string): Promise<boolean> {
    return stat(join(this.path, file)).then(
      (info) => info.isFile(),
      () => false,
    );
  }

  /** Refuses a file that is empty, a git-lfs pointer or a web page in its place. @throws `checkpoint_invalid` with the remedy */
  async assertItself(file: string): Promise<void> {
    const found = await standInFor(join(this.path, file)).catch(() => undefined);
    if (found === undefined) return;
    throw new ModelError(
      "checkpoint_invalid",
      `${this.path} does not fit: ${file}: ${found.problem}. ${found.remedy}`,
      {
        details: {
          folder: this.path,
          file,
          found: found.kind,
          ...(found.promisedBytes === undefined ? {} : { promised_bytes: found.promisedBytes }),
        },
      },
    );
  }

  /** The first of these files that exists. @throws `checkpoint_invalid` naming all that were looked for. */
  async first(files: readonly string[]): Promise<string> {
    for (const file of files) {
      if (!(await this.has(file))) continue;
      await this.assertItself(file);
      return file;
    }
    const remnant = await this.remnantOf(files);
    if (remnant !== undefined) throw this.refusal(remnant.file, undefined, remnant.problem);
    throw this.refusal(files[0] ?? "", undefined, `is missing (looked for ${files.join(", ")})`);
  }

  /** What is left of the first of these files that is not there: a link to nothing, or half a download. */
  async remnantOf(files: readonly string[]): Promise<{ readonly file: string; readonly problem: string } | undefined> {
    for (const file of files) {
      const path = join(this.path, file);
      const target = await readlink(path).catch(() => undefined);
      if (target !== undefined && !(await this.has(file)))
        return {
          file,
          problem: `is a link to ${target}, which is not there. Copy the folder with what its links lead to (cp -rL), or fetch it again`,
        };
      for (const ending of unfinished)
        if (await this.has(`${file}${ending}`))
          return { file: `${file}${ending}`, problem: "is a download that was not finished. Fetch the file again" };
    }
    return undefined;
  }

  /** A text file, by its byte order mark. @throws `checkpoint_invalid` for one that is not UTF-8 */
  async text(file: string): Promise<string> {
    await this.assertItself(file);
    const bytes = await readFile(join(this.path, file)).catch(async (cause: unknown) => {
      if ((cause as NodeJS.ErrnoException).code === "ENOENT") {
        const remnant = await this.remnantOf([file]);
        if (remnant !== undefined) throw this.refusal(remnant.file, undefined, remnant.problem, cause);
        throw this.refusal(file, undefined, "is missing: copy it from the original checkpoint", cause);
      }
      const details = { folder: this.path, file };
      throw systemError(`${this.path} does not fit: ${file} cannot be read`, cause, {
        code: "checkpoint_invalid",
        details,
      });
    });
    try {
      return decodedText(bytes);
    } catch (cause) {
      throw this.refusal(file, undefined, (cause as Error).message, cause);
    }
  }

  /** A JSON file in a given shape; keys that the shape does not name are left alone. */
  async json<T>(file: string, shape: z.ZodType<T>): Promise<T> {
    const text = await this.text(file);
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (cause) {
      throw this.refusal(file, undefined, notJson(text, cause), cause);
    }
    const result = shape.safeParse(value);
    if (result.success) return result.data;
    const { key, problem } = complaintOf(result.error, value);
    throw this.refusal(file, key, problem);
  }

  /** Declares a file of the folder as an artifact, with its size and, unless this is a trial, its digest. */
  async artifact(name: string, file: string): Promise<ArtifactDeclaration> {
    const path = join(this.path, file);
    const info = await stat(path).catch((cause: unknown) => {
      throw this.refusal(file, undefined, "is missing", cause);
    });
    await this.assertItself(file);
    const digest = this.choices.isTrial === true ? {} : { sha256: await sha256Of(path) };
    return { name, path: file, kind: "file", ...digest, size_bytes: info.size };
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
