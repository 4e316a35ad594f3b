import { damaged, notReadHere, withoutSound } from "../decode/decode-failure.ts";
import { latin } from "../decode/latin.ts";
import { type EbmlElement, ebmlChildren, ebmlElement, float, unsigned } from "./ebml.ts";
import { matroskaCoding } from "./matroska-coding.ts";
import { type MatroskaSource, matroskaPackets } from "./matroska-packets.ts";
import { opusPreSkip } from "./opus-head.ts";
import type { SoundTrack, TrackCut } from "./sound-track.ts";
import type { TrackEntry } from "./track-entry.ts";

const elements = { segment: 0x18538067, cluster: 0x1f43b675, tracks: 0x1654ae6b, entry: 0xae };

/**
 * The first sound of a Matroska or WebM file, with or without video, finished or as a browser streams it.
 *
 * @throws ModelError `audio_undecodable` if it has none
 */
export function matroskaTrack(bytes: Uint8Array): SoundTrack {
  const tracks = findTracks(bytes);
  const entry = findSound(bytes, tracks);
  if (entry === undefined) throw withoutSound("Matroska");
  if (entry.isPacked) throw notReadHere("A Matroska file with compressed or encrypted packets");
  const coding = matroskaCoding(entry);
  // Opus says itself how much to leave out, and ffmpeg believes it where the two differ.
  const skip = coding.kind === "opus" ? opusPreSkip(coding.head) / 48_000 : entry.delay / 1e9;
  const cut: TrackCut = { skip };
  const source: MatroskaSource = { bytes, from: tracks.end, track: entry.number, stripped: entry.stripped, cut };
  return { container: "Matroska", coding, packets: { [Symbol.iterator]: () => matroskaPackets(source) }, cut };
}

function findTracks(bytes: Uint8Array): EbmlElement {
  for (let at = 0; at < bytes.length; ) {
    const element = ebmlElement(bytes, at, bytes.length);
    if (element === undefined) break;
    if (element.id === elements.tracks) return element;
    if (element.id === elements.cluster)
      throw notReadHere("A Matroska file with sound before it says what is in it (a Cluster before Tracks)");
    at = element.id === elements.segment ? element.start : element.end;
  }
  throw damaged("Matroska", "ends before it says what is in it (no Tracks element)");
}

function findSound(bytes: Uint8Array, { start, end }: EbmlElement): TrackEntry | undefined {
  for (const element of ebmlChildren(bytes, start, end)) {
    const entry = element.id === elements.entry ? readEntry(bytes, element) : undefined;
    if (entry?.isSound === true) return entry;
  }
  return undefined;
}

function readEntry(bytes: Uint8Array, { start, end }: EbmlElement): TrackEntry {
  const entry: TrackEntry = {
    number: 0,
    isSound: false,
    codec: "",
    setup: new Uint8Array(0),
    delay: 0,
    sampleRate: 8000,
    channels: 1,
    bits: 0,
    stripped: new Uint8Array(0),
    isPacked: false,
  };
  readInto(entry, bytes, start, end);
  return entry;
}

function readInto(entry: TrackEntry, bytes: Uint8Array, from: number, to: number): void {
  for (const element of ebmlChildren(bytes, from, to)) {
    const { start, end } = element;
    const number = (): number => unsigned(bytes, start, Math.min(end, start + 8));
    switch (element.id) {
      case 0xd7:
        entry.number = number();
        break;
      case 0x83:
        entry.isSound = number() === 2;
        break;
      case 0x86:
        entry.codec = latin(bytes, start, Math.min(end, start + 64)).replace(/\0+$/, "");
        break;
      case 0x63a2:
        entry.setup = bytes.subarray(start, end);
        break;
      case 0x56aa:
        entry.delay = number();
        break;
      case 0xb5:
        entry.sampleRate = float(bytes, element);
        break;
      case 0x9f:
        entry.channels = number();
        break;
      case 0x6264:
        entry.bits = number();
        break;
      // Audio, and ContentEncodings down to ContentCompression.
      case 0xe1:
      case 0x6d80:
      case 0x5034:
        if (element.id === 0x5034) entry.isPacked = true;
        readInto(entry, bytes, start, end);
        break;
      case 0x6240:
        readInto(entry, bytes, start, end);
        break;
      // ContentCompAlgo: 3 is the taking away of bytes that each packet begins with.
      case 0x4254:
        entry.isPacked = number() !== 3;
        break;
      case 0x4255:
        entry.stripped = bytes.subarray(start, end);
        break;
      case 0x5035:
        entry.isPacked = true;
        break;
      default:
    }
  }
}
