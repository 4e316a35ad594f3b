/** What a task method may use besides its input. */
export interface CallOf<Part> {
  /** Fires when the caller gives up; long work checks it between steps. */
  readonly signal: AbortSignal;
  /**
   * Takes what is known of the answer already, in order; undefined where nobody listens. A loader that waits for what it
   * returns makes no parts faster than they are taken. What it throws, or its promise fails with, ends the request.
   */
  readonly onPart?: ((part: Part) => unknown) | undefined;
}
