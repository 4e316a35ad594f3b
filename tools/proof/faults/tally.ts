/** What became of the requests. */
export class Tally {
  readonly codes: Map<string, number> = new Map<string, number>();
  asked = 0;
  answered = 0;
  /** Answers that are not what their input gives. */
  wrong = 0;
  /** Callers who were kept for longer than their limit and the noise that is allowed: as the clock has it, and beyond this process's own standstills. */
  lateByClock = 0;
  late = 0;
  latestMs = 0;
  readonly complaints: string[] = [];

  /** Errors that do not carry one of our codes. */
  get uncoded(): number {
    return this.codes.get("none") ?? 0;
  }

  refuse(code: string): void {
    this.codes.set(code, (this.codes.get(code) ?? 0) + 1);
  }

  /** Keeps the first few of what is wrong, to be printed. */
  complain(what: string): void {
    if (this.complaints.length < 10) this.complaints.push(what);
  }
}
