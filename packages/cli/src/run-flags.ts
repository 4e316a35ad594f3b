import type { Priority } from "@menagerie/core";
import type { GlobalFlags } from "./application.ts";
import type { RawPcmFlags } from "./raw-pcm.ts";
import type { ServedFlags } from "./served-zoo.ts";

/** The flags of `zoo run` that are no task's, and those of tasks that subtitles depend on. */
export interface RunFlags extends GlobalFlags, RawPcmFlags, ServedFlags {
  readonly task?: string;
  readonly spec?: string;
  readonly modelsRoot?: string;
  readonly frozen?: boolean;
  readonly manifest?: string;
  readonly deadlineMs?: number;
  readonly priority?: Priority;
  readonly stream?: boolean;
  readonly subtitles?: string;
  readonly timestamps?: boolean;
  readonly wordTimestamps?: boolean;
  readonly highlightWords?: boolean;
  readonly maxLineWidth?: number;
  readonly maxLineCount?: number;
  readonly maxWordsPerLine?: number;
  readonly draw?: string;
  readonly output?: string;
  readonly input?: string;
}
