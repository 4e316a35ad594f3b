import { damaged, notReadHere, withoutSound } from "../decode/decode-failure.ts";
import { latin } from "../decode/latin.ts";
import { boxView, findMp4Box, type Mp4Box, mp4Box } from "./mp4-boxes.ts";
import { mp4Coding } from "./mp4-coding.ts";
import { fragmentPackets } from "./mp4-fragments.ts";
import { chunkPackets, type FrameSize } from "./mp4-samples.ts";
import { opusPreSkip } from "./opus-head.ts";
import type { SoundTrack, TrackCoding, TrackCut } from "./sound-track.ts";

/**
 * The first sound of an MP4, M4A or QuickTime file, with or without video, whole or in fragments.
 *
 * @throws ModelError `audio_undecodable` if it has none
 */
export function mp4Track(bytes: Uint8Array): SoundTrack {
  const movie = mp4Box(bytes, { start: 0, end: bytes.length }, "moov");
  if (movie === undefined) throw damaged("MP4", "does not say what is in it (no moov box), as when it was cut off");
  const track = findMp4Box(bytes, movie, (box) => isSound(bytes, box));
  if (track === undefined) throw withoutSound("MP4");
  const tables = mp4Box(bytes, track, "mdia/minf/stbl");
  const description = tables === undefined ? undefined : mp4Box(bytes, tables, "stsd");
  if (tables === undefined || description === undefined) throw damaged("MP4", "does not say how its sound is coded");
  const coding = mp4Coding(bytes, description);
  const packets = {
    *[Symbol.iterator](): Generator<Uint8Array> {
      yield* chunkPackets(bytes, tables, frameSizeOf(coding));
      yield* fragmentPackets(bytes, movie, trackNumber(bytes, track));
    },
  };
  return { container: "MP4", coding, packets, cut: trackCut(bytes, movie, track, tables, coding) };
}

function isSound(bytes: Uint8Array, box: Mp4Box): boolean {
  const handler = box.type === "trak" ? mp4Box(bytes, box, "mdia/hdlr") : undefined;
  return handler !== undefined && latin(bytes, handler.start + 8, handler.start + 12) === "soun";
}

function trackNumber(bytes: Uint8Array, track: Mp4Box): number {
  const header = mp4Box(bytes, track, "tkhd");
  if (header === undefined) return 0;
  const view = boxView(bytes, header);
  return view.getUint32(view.getUint8(0) === 1 ? 20 : 12);
}

function frameSizeOf(coding: TrackCoding): FrameSize | undefined {
  if (coding.kind === "pcm") return { bytes: coding.layout.sampleBytes * coding.layout.channels, samples: 1 };
  return coding.kind === "ima4" ? { bytes: 34 * coding.channels, samples: 64 } : undefined;
}

/** Start and end by the edit list, as ffmpeg has them: the end is that of a packet. Without one Opus tells its start itself. */
function trackCut(bytes: Uint8Array, movie: Mp4Box, track: Mp4Box, tables: Mp4Box, coding: TrackCoding): TrackCut {
  // The first packet of Vorbis gives nothing, which is as much as its edit lists leave out.
  if (coding.kind === "vorbis") return { skip: 0 };
  const own = coding.kind === "opus" ? opusPreSkip(coding.head) / 48_000 : 0;
  const scale = timescale(bytes, mp4Box(bytes, track, "mdia/mdhd"));
  const list = mp4Box(bytes, track, "edts/elst");
  if (list === undefined) return { skip: own };
  const edits = readEdits(boxView(bytes, list)).filter(({ from }) => from >= 0);
  const [edit, ...others] = edits;
  if (others.length > 0) throw notReadHere("An MP4 file that is put together from parts (an edit list of several)");
  if (edit === undefined) return { skip: own };
  const skip = edit.from > 0 ? edit.from / scale : own;
  if (edit.length === 0) return { skip };
  const times = mp4Box(bytes, tables, "stts");
  const step = times !== undefined && times.end - times.start >= 16 ? boxView(bytes, times).getUint32(12) : 0;
  if (step === 0) return { skip };
  const end = (edit.from / scale + edit.length / timescale(bytes, mp4Box(bytes, movie, "mvhd"))) * scale;
  return { skip, end: (Math.ceil(end / step - 1e-3) * step) / scale };
}

interface Edit {
  /** In units of the track; -1 for a pause. */
  readonly from: number;
  /** In units of the movie. */
  readonly length: number;
}

function readEdits(view: DataView): Edit[] {
  const isLarge = view.getUint8(0) === 1;
  const size = isLarge ? 20 : 12;
  // More than two are refused whatever they are.
  const count = Math.min(view.getUint32(4), Math.floor((view.byteLength - 8) / size), 100);
  return Array.from({ length: count }, (_, i): Edit => {
    const at = 8 + i * size;
    return isLarge
      ? { length: Number(view.getBigUint64(at)), from: Number(view.getBigInt64(at + 8)) }
      : { length: view.getUint32(at), from: view.getInt32(at + 4) };
  });
}

/** Units a second, of a header of a movie or of a track's media. */
function timescale(bytes: Uint8Array, header: Mp4Box | undefined): number {
  if (header === undefined) throw damaged("MP4", "lacks a header with its units of time");
  const view = boxView(bytes, header);
  return Math.max(1, view.getUint32(view.getUint8(0) === 1 ? 20 : 12));
}
