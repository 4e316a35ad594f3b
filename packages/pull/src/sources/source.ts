import type { Patience } from "../http/retries.ts";

/**
 * Where the files of models come from. A package brings one by a default export of this shape, and names it in its package.json:
 * `"menagerie": { "contract": 1, "source": { "scheme": "s3" } }`.
 */
export interface WeightSource {
  /** What its addresses begin with, without the colon: `hf`, `https`, `s3`. */
  readonly scheme: string;
  /**
   * What an address means now: with a revision that cannot move, where the source knows revisions.
   * @param address all of it, scheme included
   */
  open(address: string, context: SourceContext): Promise<SourceRepository>;
}

export interface SourceContext {
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
  readonly patience?: Patience | undefined;
}

/** A set of files at one moment. */
export interface SourceRepository {
  /** As the lock has it: `acme/model`, or an address. */
  readonly repository: string;
  /** `hf` or `github`, where the repository's name alone does not tell whose it is. */
  readonly scheme?: "hf" | "github" | undefined;
  /** 40 hexadecimal digits where it is a commit; undefined for what has no versions. */
  readonly revision?: string | undefined;
  /** SPDX identifier, or the source's own word, that it states; undefined where it states none. */
  readonly licence?: string | undefined;
  /** Its owner gives it to those who accept terms. */
  readonly isGated?: boolean | undefined;
  /** For a person to look at. */
  readonly page?: string | undefined;
  /** Everything in it, where it can be listed; undefined where a file must be asked for by name. */
  readonly files?: readonly RemoteFile[] | undefined;
  /** One file by its path in the repository; undefined where it is not there. */
  file(path: string): Promise<RemoteFile | undefined>;
  close?(): void;
}

export interface RemoteFile {
  /** In the repository, with forward slashes. */
  readonly path: string;
  readonly sizeBytes: number;
  /** What the source declares of its bytes; undefined where it declares nothing. */
  readonly digest?: SourceDigest | undefined;
  /** Equal for the same bytes: half a file of one identity is never continued with another's. */
  readonly identity: string;
  /** A copy of it that is on this machine already, for example in another program's cache. Not yet verified. */
  readonly localCopy?: string | undefined;
  /**
   * Its bytes from `start` to before `end`, or all of them where the source knows no ranges.
   * @throws errors of connections, after which it may be asked again; ModelError, after which it may not
   */
  read(start: number, end: number, signal: AbortSignal | undefined): Promise<RemoteBytes>;
}

export interface SourceDigest {
  /** `git-sha1`: the id that git gives a file, of "blob SIZE NUL" and its bytes. */
  readonly algorithm: "sha256" | "git-sha1";
  /** Lower-case hexadecimal. */
  readonly hex: string;
}

export interface RemoteBytes {
  /** Of the first byte in `body`: what was asked for, or 0. */
  readonly start: number;
  readonly body: AsyncIterable<Uint8Array>;
  /** Gives the rest back unread. */
  cancel(): void;
}
