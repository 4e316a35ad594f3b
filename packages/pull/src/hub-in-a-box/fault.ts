/** Something that goes wrong with the answers of a hub, for as many of them as it says. */
export type Fault = {
  /** Of which answers: a part of the path, or a pattern. Default: those that give files. */
  readonly of?: string | RegExp | undefined;
  /** How many answers; default: all. */
  readonly times?: number | undefined;
} & (
  | {
      readonly kind: "status";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** The connection ends after so many bytes of a body, or after that share of the whole file. */
  | { readonly kind: "break"; readonly afterBytes?: number; readonly afterShare?: number }
  | { readonly kind: "throttle"; readonly bytesPerSecond: number }
  /** One byte is another. */
  | { readonly kind: "flip"; readonly at: number }
  /** The answer says that the file has so many bytes more. */
  | { readonly kind: "longer"; readonly by: number }
  | { readonly kind: "redirect"; readonly to: string }
  | { readonly kind: "etag"; readonly etag: string }
  /** Ranges are answered with the whole file. */
  | { readonly kind: "no-ranges" }
  /** Nothing is answered. */
  | { readonly kind: "silent" }
);

/** The faults that are still to happen. */
export class Faults {
  readonly #faults: { readonly fault: Fault; left: number }[] = [];

  add(...faults: readonly Fault[]): void {
    for (const fault of faults) this.#faults.push({ fault, left: fault.times ?? Number.POSITIVE_INFINITY });
  }

  clear(): void {
    this.#faults.length = 0;
  }

  /**
   * Those that this answer has, each of which is used up by one.
   * @param is `bytes` of a file; the `way` to them; something `else`
   */
  of(path: string, is: "bytes" | "way" | "else"): readonly Fault[] {
    return this.#faults.flatMap((entry) => {
      const { of, kind } = entry.fault;
      const isUsual = is === "bytes" || (is === "way" && ["status", "redirect", "silent"].includes(kind));
      const isMeant = of === undefined ? isUsual : typeof of === "string" ? path.includes(of) : of.test(path);
      if (!isMeant || entry.left <= 0) return [];
      entry.left -= 1;
      return [entry.fault];
    });
  }
}
