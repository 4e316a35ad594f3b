/** Time as the host sees it, so that a test or a simulation can bring its own. */
export interface Clock {
  /** Milliseconds since some fixed moment; never goes back. */
  now(): number;
  /**
   * Calls back once, after `ms` or a little earlier or later; returns the way to call it off. Does not keep the process
   * alive. A clock may call back early where it cannot wait so long: whoever waits looks at `now` and waits on.
   */
  after(ms: number, callback: () => void): () => void;
}

/** A timer of Node holds 2^31 - 1 ms at most; a longer one fires at once. */
const longestTimer = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, callback) {
    // Node keeps a list for each duration: whole milliseconds let the timers of all calls share one.
    const timer = setTimeout(callback, Math.min(Math.max(0, Math.ceil(ms)), longestTimer));
    // In a browser it is a number, and keeps nobody.
    if (typeof timer === "object") timer.unref();
    return () => clearTimeout(timer);
  },
};

/**
 * Calls back once the clock has reached `time`, however far away, and never before.
 * @param time of the clock; Infinity for never
 * @returns the way to call it off
 */
export function alarm(clock: Clock, time: number, callback: () => void): Disposable {
  let callOff = (): void => {};
  const arm = (): void => {
    if (time === Number.POSITIVE_INFINITY) return;
    callOff = clock.after(Math.max(0, Math.min(time - clock.now(), longestTimer)), () => {
      if (clock.now() >= time) callback();
      else arm();
    });
  };
  arm();
  return { [Symbol.dispose]: () => callOff() };
}

/** The same clock for those who rely on it that time never goes back: where it does, it goes on from where it was. */
export function monotonic(clock: Clock): Clock {
  let last = Number.NEGATIVE_INFINITY;
  let ahead = 0;
  return {
    now() {
      const read = clock.now() + ahead;
      if (Number.isNaN(read)) return last;
      if (read < last) ahead += last - read;
      last = Math.max(last, read);
      return last;
    },
    after: (ms, callback) => clock.after(ms, callback),
  };
}

let holders = 0;
let handle: NodeJS.Timeout | undefined;

/** Keeps Node running until it is disposed: for whoever waits for a zoo, whose own handles keep nobody. */
export function holdProcess(): Disposable {
  holders += 1;
  // Made once: to let go of it and take it again costs less than a timer for each call.
  handle ??= setInterval(() => {}, longestTimer);
  if (holders === 1) handle.ref();
  let isHeld = true;
  return {
    [Symbol.dispose]() {
      if (!isHeld) return;
      isHeld = false;
      holders -= 1;
      if (holders === 0) handle?.unref();
    },
  };
}
