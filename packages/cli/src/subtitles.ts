import { extname } from "node:path";
import type { TaskName, TranscribeAudioOutput, TranscribedSegment } from "@menagerie/core";
import { writeOutput } from "./write-output.ts";

/** Why the answer cannot become subtitles in that file; undefined where it can. */
export function subtitlesObstacle(
  file: string,
  task: TaskName,
  inputs: readonly string[],
  timestamps = true,
): string | undefined {
  const kind = extname(file).toLowerCase();
  if (kind !== ".srt" && kind !== ".vtt") return `subtitles are written as .srt or .vtt, not as "${file}"`;
  if (task !== "transcribe-audio") return `${task} hears nothing that could be subtitles`;
  if (!timestamps) return "subtitles need the times that --no-timestamps leaves out";
  return inputs.length > 1 ? "subtitles are of one recording; ask for one at a time" : undefined;
}

/** Writes a transcript's segments as SubRip (.srt) or WebVTT (.vtt), as the file's name says. */
export async function writeSubtitles(file: string, { segments }: TranscribeAudioOutput): Promise<void> {
  await writeOutput(
    "The file of subtitles",
    file,
    extname(file).toLowerCase() === ".vtt" ? webVtt(segments) : subRip(segments),
  );
}

/** Numbered cues, a comma before the milliseconds. */
export function subRip(segments: readonly TranscribedSegment[]): string {
  const cues = segments.map(
    ({ start, end, text }, i) => `${i + 1}\n${clock(start, ",")} --> ${clock(end, ",")}\n${lines(text)}\n`,
  );
  return cues.join("\n");
}

/** W3C WebVTT: a header, a full stop before the milliseconds; `&` and `<` begin markup there. */
export function webVtt(segments: readonly TranscribedSegment[]): string {
  const cues = segments.map(({ start, end, text }) => {
    const escaped = lines(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
    return `\n${clock(start, ".")} --> ${clock(end, ".")}\n${escaped}\n`;
  });
  return `WEBVTT\n${cues.join("")}`;
}

/** An empty line would end the cue. */
function lines(text: string): string {
  return text.trim().replaceAll(/\s*\n\s*/g, "\n");
}

/** Hours, minutes, seconds and milliseconds. */
function clock(seconds: number, separator: string): string {
  const milliseconds = Math.round(seconds * 1000);
  const part = (unit: number, size: number): string => String(Math.floor(milliseconds / unit) % size).padStart(2, "0");
  const hours = String(Math.floor(milliseconds / 3_600_000)).padStart(2, "0");
  return `${hours}:${part(60_000, 60)}:${part(1000, 60)}${separator}${String(milliseconds % 1000).padStart(3, "0")}`;
}
