/** What a prepared form is of: for those who list the cache. */
export interface FormSubject {
  readonly model: string;
  readonly model_version: string;
  readonly graph: string;
  /** The provider's name. */
  readonly engine: string;
  readonly engine_version: string;
}

/** A form that would make a graph load faster. */
export interface NeededForm {
  /** Lower-case hexadecimal digest over everything that changes the form. */
  readonly key: string;
  readonly about: FormSubject;
}

/** By graph; a graph that gains nothing by it is left out. */
export type NeededForms = Readonly<Record<string, NeededForm>>;

/** A form that its host vouches for. Plain data: it crosses a process boundary. */
export interface PreparedForm {
  /** Absolute folder of its files. */
  readonly dir: string;
  readonly files: Readonly<Record<string, FormFile>>;
}

export interface FormFile {
  /** Lower-case hexadecimal sha256. */
  readonly sha256: string;
  readonly bytes: number;
  /** Stamp of the file when it was hashed. */
  readonly stamp: string;
}

/** By graph. */
export type PreparedForms = Readonly<Record<string, PreparedForm>>;
