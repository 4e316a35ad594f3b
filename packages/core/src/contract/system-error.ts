import { errnoWords } from "./errno.ts";
import { type ErrorCode, ModelError } from "./model-error.ts";

export interface SystemErrorOptions {
  /** Code for a path that leads nowhere; what the machine itself refuses is always `system_error`. */
  readonly code?: ErrorCode;
  readonly model?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  /** What to do, where the caller knows better than the error number. */
  readonly remedy?: string;
}

/**
 * An error of the operating system in words: `WHAT: too many files are open in this process (EMFILE). Raise …`.
 * @param what failed: "/srv/zoo.yaml cannot be read"
 * @param thrown by Node, or an error that has such a one among its causes; any other keeps its own words.
 */
export function systemError(what: string, thrown: unknown, options: SystemErrorOptions = {}): ModelError {
  const words = errnoWords(thrown);
  const { model, code = "system_error" } = options;
  const said =
    words === undefined
      ? (thrown instanceof Error ? thrown.message : String(thrown)).replace(/\.$/, "")
      : `${words.says} (${words.errno})`;
  const remedy = options.remedy ?? words?.remedy ?? "";
  return new ModelError(
    words?.isAboutPath === false ? "system_error" : code,
    `${what}: ${said}.${remedy === "" ? "" : ` ${remedy}`}`,
    {
      ...(model === undefined ? {} : { model }),
      details: { ...options.details, ...(words === undefined ? {} : { errno: words.errno }) },
      cause: thrown,
    },
  );
}

/** True where a file or folder is simply not there: the one refusal that may be read as "none". */
export function isAbsent(thrown: unknown): boolean {
  return typeof thrown === "object" && thrown !== null && (thrown as { code?: unknown }).code === "ENOENT";
}
