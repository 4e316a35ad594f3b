import { groupFolders, type Hierarchy, type ReadText, readKernelText } from "../control-group.ts";
import type { Pressure } from "../scheduler/resource.ts";
import type { PressureSource } from "./pressure-source.ts";

/** Shares of memory in use from which a machine, or a container, is short of it; */
const softShare = 0.85;
const hardShare = 0.95;
/** and how far below them it must be to be so no more. */
const backBelow = 0.03;
/** Per cent of the last ten seconds in which some task waited for memory, and in which all did. */
const softStall = 20;
const hardStall = 10;

/**
 * How short of main memory this process is: by the limits of its control groups, of either version, by what the machine has
 * left, and by what the kernel says of tasks that had to wait for memory. Files that nobody has used for a while count as
 * free. A system without any of that is never short.
 */
export class SystemPressure implements PressureSource {
  readonly #read: ReadText;
  #groups: readonly Hierarchy[] | undefined;
  #level: Pressure = "none";
  /** Times that each group was slowed down for its memory (`memory.high`), as far as they have been seen. */
  readonly #slowed = new Map<string, number>();

  constructor(read: ReadText = readKernelText) {
    this.#read = read;
  }

  read(): { readonly cpu: Pressure } {
    this.#groups ??= groupFolders(this.#read, "memory");
    const share = Math.max(this.#machineShare(), ...this.#groups.flatMap((group) => this.#shares(group)));
    const { some, full } = this.#stalls();
    const wasSlowed = this.#wasSlowed();
    const above = (limit: number, levels: readonly Pressure[]): boolean =>
      share >= (levels.includes(this.#level) ? limit - backBelow : limit);
    if (wasSlowed || full >= hardStall || above(hardShare, ["hard"])) this.#level = "hard";
    else if (some >= softStall || above(softShare, ["soft", "hard"])) this.#level = "soft";
    else this.#level = "none";
    return { cpu: this.#level };
  }

  #machineShare(): number {
    const text = this.#read("/proc/meminfo");
    const [total, available] = ["MemTotal", "MemAvailable"].map((key) => figure(text, `${key}:`));
    return total === undefined || available === undefined || total === 0 ? 0 : 1 - available / total;
  }

  /** Of each group with a limit. */
  #shares({ version, folders }: Hierarchy): number[] {
    const [limits, used, unused] =
      version === 2
        ? [["memory.max", "memory.high"], "memory.current", "inactive_file"]
        : [["memory.limit_in_bytes"], "memory.usage_in_bytes", "total_inactive_file"];
    return folders.flatMap((folder) => {
      const known = limits
        .map((name) => Number.parseInt(this.#read(`${folder}/${name}`) ?? "", 10))
        // Without a limit, version 1 says one that no machine has.
        .filter((limit) => limit > 0 && limit < 2 ** 60);
      if (known.length === 0) return [];
      const bytes = Number.parseInt(this.#read(`${folder}/${used}`) ?? "", 10);
      const files = figure(this.#read(`${folder}/memory.stat`), unused) ?? 0;
      return Number.isFinite(bytes) ? [Math.max(0, bytes - files) / Math.min(...known)] : [];
    });
  }

  /** Of the own group where it says so, else of the machine. */
  #stalls(): { readonly some: number; readonly full: number } {
    const group = this.#groups?.find(({ version }) => version === 2)?.folders[0];
    const own = group === undefined ? undefined : this.#read(`${group}/memory.pressure`);
    const text = own ?? this.#read("/proc/pressure/memory") ?? "";
    const average = (kind: string): number => Number(new RegExp(`^${kind} avg10=([\\d.]+)`, "m").exec(text)?.[1] ?? 0);
    return { some: average("some"), full: average("full") };
  }

  #wasSlowed(): boolean {
    let any = false;
    for (const { version, folders } of this.#groups ?? [])
      for (const folder of version === 2 ? folders : []) {
        const times = figure(this.#read(`${folder}/memory.events`), "high");
        if (times === undefined) continue;
        // What was before anybody looked is no news.
        any ||= times > (this.#slowed.get(folder) ?? times);
        this.#slowed.set(folder, times);
      }
    return any;
  }
}

/** The number behind a word at the beginning of a line. */
function figure(text: string | undefined, word: string): number | undefined {
  const found = new RegExp(`^${word}\\s+(\\d+)`, "m").exec(text ?? "")?.[1];
  return found === undefined ? undefined : Number(found);
}
