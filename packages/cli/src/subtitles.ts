import { extname } from "node:path";
import type { TranscribeAudioOutput, TranscribedSegment } from "@menagerie/core";
import { type Cue, type CueLayout, subtitleCues } from "./subtitle-cues.ts";
import { writeOutput } from "./write-output.ts";

/** What a transcript can be written as, by the ending of the file's name; those of openai/whisper's command line. */
const writers: Readonly<Record<string, (answer: TranscribeAudioOutput, layout: CueLayout) => string>> = {
  ".srt": ({ segments }, layout) => subRip(segments, layout),
  ".vtt": ({ segments }, layout) => webVtt(segments, layout),
  ".tsv": ({ segments }) => tabSeparated(segments),
  ".txt": ({ segments }) => segments.map(({ text }) => `${text.trim()}\n`).join(""),
  ".json": transcriptJson,
};

/** Why the answer cannot become subtitles in that file; undefined where it can. */
export function subtitlesObstacle(
  file: string,
  task: string,
  inputs: readonly string[],
  timestamps = true,
): string | undefined {
  const kinds = Object.keys(writers);
  if (file === "-" || file.startsWith("-"))
    return `--subtitles takes the name of a file, whose ending says how it is written (talk.srt), not "${file}"`;
  if (!kinds.includes(extname(file).toLowerCase()))
    return `subtitles are written as ${kinds.slice(0, -1).join(", ")} or ${kinds.at(-1)}, not as "${file}"`;
  if (task !== "transcribe-audio") return `${task} hears nothing that could be subtitles`;
  if (!timestamps) return "subtitles need the times that --no-timestamps leaves out";
  return inputs.length > 1 ? "subtitles are of one recording; ask for one at a time" : undefined;
}

/** Writes a transcript as SubRip (.srt), WebVTT (.vtt), tab-separated values (.tsv), JSON or text, as the file's name says. */
export async function writeSubtitles(
  file: string,
  answer: TranscribeAudioOutput,
  layout: CueLayout = {},
): Promise<void> {
  const write = writers[extname(file).toLowerCase()] as (typeof writers)[string];
  await writeOutput("The file of subtitles", file, write(answer, layout));
}

/** Numbered cues, a comma before the milliseconds. */
export function subRip(segments: readonly TranscribedSegment[], layout: CueLayout = {}): string {
  const cues = subtitleCues(segments, layout).map((cue, i) => {
    const text = cueText(cue, (word) => word.replaceAll("-->", "->"));
    return `${i + 1}\n${clock(cue.start, ",")} --> ${clock(cue.end, ",")}\n${text}\n`;
  });
  return cues.join("\n");
}

/** W3C WebVTT: a header, a full stop before the milliseconds; `&` and `<` begin markup there. */
export function webVtt(segments: readonly TranscribedSegment[], layout: CueLayout = {}): string {
  const escaped = (word: string): string =>
    word.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const cues = subtitleCues(segments, layout).map(
    (cue) => `\n${clock(cue.start, ".")} --> ${clock(cue.end, ".")}\n${cueText(cue, escaped)}\n`,
  );
  return `WEBVTT\n${cues.join("")}`;
}

/** Start and end in whole milliseconds, and the text. */
export function tabSeparated(segments: readonly TranscribedSegment[]): string {
  const row = ({ start, end, text }: TranscribedSegment): string =>
    [Math.round(1000 * start), Math.round(1000 * end), lines(text).replaceAll(/[\t\n]/g, " ")].join("\t");
  return `${["start\tend\ttext", ...segments.map(row)].join("\n")}\n`;
}

/** The keys of openai/whisper's results, but for `seek` and `tokens`. */
function transcriptJson({ text, segments, language }: TranscribeAudioOutput): string {
  return `${JSON.stringify({ text, segments: segments.map((segment, id) => ({ id, ...segment })), language })}\n`;
}

/** @param written a word as the format writes it */
function cueText({ words, spoken }: Cue, written: (word: string) => string): string {
  const shown = words.map((word, i) => {
    if (i !== spoken) return written(word);
    const space = /^\s*/.exec(word)?.[0] ?? "";
    return `${space}<u>${written(word.slice(space.length))}</u>`;
  });
  return lines(shown.join(""));
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
