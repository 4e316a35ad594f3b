/**
 * Reads pictures and recordings of odd kinds that ordinary tools made, beside what Pillow, OpenCV and ffmpeg read of them.
 *
 *     python tools/compare/media/pictures.py PICTURES
 *     python tools/compare/media/recordings.py RECORDINGS
 *     npm run compare:media -- --pictures PICTURES --recordings RECORDINGS
 *
 * Pictures are held to the bit, and recordings too where nothing is lost; else to 1e-4 of full scale. Exits with 1 where one is
 * read otherwise than its reference reads it, or is refused by a code that says nothing of the file.
 */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { decodeAudio } from "@menagerie/audio";
import { isModelError } from "@menagerie/core";
import { decodeImage, defaultImageLimits } from "@menagerie/vision";

interface Read {
  readonly width: number;
  readonly height: number;
  readonly sha256: string;
}
interface Sound {
  readonly rate: number;
  readonly channels: number;
  readonly codec: string;
}

const lossy = new Set(["mp3", "vorbis", "opus"]);
const tolerance = 1e-4;
const counts = { equal: 0, meant: 0, refused: 0, WRONG: 0 };

/** Where another answer than the reference's is meant, and why (README of @menagerie/vision). */
const meant = new Map([
  ["bmp-rle8.bmp (opencv)", "OpenCV garbles rows that end within a run's data; read as Pillow reads it"],
  ["tiff-orientation-5.tif (opencv)", "read, though OpenCV gives up a TIFF that is turned by a quarter"],
]);

function tell(name: string, verdict: keyof typeof counts, said: string): void {
  counts[verdict] += 1;
  process.stdout.write(`| ${name} | ${verdict} | ${said} |\n`);
}

/** @returns the refusal; undefined where it was no refusal of ours */
function refusal(error: unknown, codes: readonly string[]): string | undefined {
  if (!isModelError(error) || !codes.includes(error.code)) return undefined;
  return `${error.code}: ${error.message}`;
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .sort();
}

async function comparePicture(folder: string, name: string): Promise<void> {
  const references = JSON.parse(await readFile(join(folder, "reference", `${name}.json`), "utf8")) as Record<
    "pillow" | "opencv",
    Read | null
  >;
  const bytes = await readFile(join(folder, name));
  for (const reader of ["pillow", "opencv"] as const) {
    const expected = references[reader];
    const what = `${name} (${reader})`;
    try {
      const { data, width, height } = await decodeImage(bytes, defaultImageLimits, reader);
      const digest = createHash("sha256").update(data).digest("hex");
      const reason = name.endsWith(".avif")
        ? await levels(join(folder, "reference", `${name}.${reader}.rgb`), reader, data)
        : meant.get(what);
      if (expected?.sha256 !== digest && reason !== undefined) tell(what, "meant", reason);
      else if (expected === null) tell(what, "WRONG", `${width} x ${height}, where the reference reads nothing`);
      else if (width !== expected.width || height !== expected.height)
        tell(what, "WRONG", `${width} x ${height} in place of ${expected.width} x ${expected.height}`);
      else if (digest !== expected.sha256) tell(what, "WRONG", "other pixels");
      else tell(what, "equal", `${width} x ${height}, to the bit`);
    } catch (error) {
      const said = refusal(error, ["image_undecodable", "image_too_large"]);
      tell(what, said === undefined ? "WRONG" : "refused", said ?? String(error));
    }
  }
}

/** libheif's pixels beside those of the readers' libavif, which enlarges colours by another rule. */
async function levels(file: string, reader: string, data: Uint8Array): Promise<string> {
  const expected = await readFile(file);
  let most = 0;
  let sum = 0;
  for (const [i, value] of expected.entries()) {
    const distance = Math.abs(value - (data[i] ?? 0));
    most = Math.max(most, distance);
    sum += distance;
  }
  return `libheif in place of ${reader}'s libavif: ${(sum / expected.length).toFixed(2)} levels on average, ${most} at most`;
}

async function compareRecording(folder: string, name: string): Promise<void> {
  const expected = JSON.parse(await readFile(join(folder, "reference", `${name}.json`), "utf8")) as Sound | null;
  try {
    const { channels, sampleRate } = await decodeAudio(await readFile(join(folder, name)));
    if (expected === null) return tell(name, "WRONG", "read, where the reference reads nothing");
    const bytes = await readFile(join(folder, "reference", `${name}.f32`));
    const samples = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    const frames = samples.length / expected.channels;
    const shape = `${channels.length} x ${channels[0]?.length ?? 0} at ${sampleRate} Hz`;
    if (channels.length !== expected.channels || channels[0]?.length !== frames || sampleRate !== expected.rate)
      return tell(name, "WRONG", `${shape} in place of ${expected.channels} x ${frames} at ${expected.rate} Hz`);
    const farthest = channels.reduce(
      (most, channel, c) =>
        channel.reduce(
          (inner, sample, i) => Math.max(inner, Math.abs(sample - (samples[i * expected.channels + c] ?? Number.NaN))),
          most,
        ),
      0,
    );
    const allowed = lossy.has(expected.codec) ? tolerance : 0;
    tell(
      name,
      farthest <= allowed ? "equal" : "WRONG",
      `${shape}, ${farthest === 0 ? "to the bit" : `to ${farthest.toExponential(1)}`}`,
    );
  } catch (error) {
    const said = refusal(error, ["audio_undecodable", "dependency_missing", "audio_too_large"]);
    tell(name, said === undefined ? "WRONG" : "refused", said ?? String(error));
  }
}

const { values } = parseArgs({ options: { pictures: { type: "string" }, recordings: { type: "string" } } });
if (values.pictures === undefined && values.recordings === undefined) {
  process.stderr.write("Name what pictures.py or recordings.py wrote: --pictures FOLDER, --recordings FOLDER\n");
  process.exit(2);
}
for (const [folder, compare] of [
  [values.pictures, comparePicture],
  [values.recordings, compareRecording],
] as const) {
  if (folder === undefined) continue;
  for (const name of await filesIn(folder)) await compare(folder, name);
}
process.stdout.write(
  `${counts.equal} equal, ${counts.meant} otherwise by intent, ${counts.refused} refused by name, ${counts.WRONG} WRONG\n`,
);
process.exitCode = counts.WRONG > 0 ? 1 : 0;
