/** How long this process's loop stood still at most, in milliseconds of the clock and of its own thread's processor time. */
export class LoopGap {
  #last: number = performance.now();
  #lastCpu: number = threadMs();
  #longest = 0;
  #longestCpu = 0;
  readonly #timer: NodeJS.Timeout = setInterval(() => this.#look(), 1);

  /** `cpuMs` is what the loop itself did; the rest of `ms` is others who had the processor. */
  stop(): { readonly ms: number; readonly cpuMs: number } {
    this.#look();
    clearInterval(this.#timer);
    return { ms: this.#longest, cpuMs: this.#longestCpu };
  }

  #look(): void {
    const [now, cpu] = [performance.now(), threadMs()];
    this.#longest = Math.max(this.#longest, now - this.#last);
    this.#longestCpu = Math.max(this.#longestCpu, cpu - this.#lastCpu);
    [this.#last, this.#lastCpu] = [now, cpu];
  }
}

function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
