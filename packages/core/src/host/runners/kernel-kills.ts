import { oomKills } from "../control-group.ts";

/**
 * Tells whether the kernel has ended processes of this control group for want of memory since a moment: a SIGKILL says by
 * itself nothing of who sent it.
 */
export class KernelKills {
  readonly #before = count();

  /** What to say of a process that was ended by SIGKILL, which the host did not send; the end of a sentence. */
  async describe(): Promise<string> {
    const [before, now] = await Promise.all([this.#before, count()]);
    if (before === undefined || now === undefined) return "was ended by SIGKILL from outside";
    if (now <= before) return "was ended by SIGKILL from outside (not by the kernel for want of memory)";
    return (
      `was ended by SIGKILL, by the kernel for want of memory (oom_kill of the control group went from ${before} to ${now}); ` +
      "raise the group's limit, or lower memory_mb.cpu of the zoo spec"
    );
  }
}

function count(): Promise<number | undefined> {
  return oomKills().catch(() => undefined);
}
