import { decodeAdpcm } from "../decode/adpcm.ts";
import { type AudioLimits, checkExtent } from "../decode/audio-limits.ts";
import { inWavOrder } from "../decode/channel-order.ts";
import { decodeAlac } from "../decode/decode-alac.ts";
import { damaged, notReadHere } from "../decode/decode-failure.ts";
import { decodeMp3 } from "../decode/decode-mp3.ts";
import { opusDecoder, vorbisDecoder } from "../decode/decode-ogg.ts";
import { decodeStream } from "../decode/decode-stream.ts";
import { FlacFrames } from "../decode/flac-frames.ts";
import { flacHeader } from "../decode/flac-header.ts";
import { readPcm } from "../decode/pcm.ts";
import type { Recording } from "../signal/recording.ts";
import { oggPortions } from "./ogg-portions.ts";
import { withoutPreSkip } from "./opus-head.ts";
import { opusOutput } from "./opus-output.ts";
import { packetExtent } from "./packet-frames.ts";
import type { SoundTrack } from "./sound-track.ts";
import { withCut } from "./track-cut.ts";

const portionBytes = 1024;

/**
 * Decodes the sound of a container.
 *
 * @param fileBytes of the container; packets that are more together are a lie
 * @throws ModelError `audio_undecodable` also for codings without a decoder here, by name
 */
export async function decodeTrack(track: SoundTrack, fileBytes: number, limits: AudioLimits): Promise<Recording> {
  const { coding, container } = track;
  if (coding.kind === "other") throw notReadHere(`${article(container)} file with ${coding.name} in it`);
  // A byte can stand for a packet of 60 ms: what is too much is told before it is decoded.
  const extent = packetExtent(coding, bounded(track.packets, fileBytes, container));
  if (extent !== undefined) checkExtent(extent, limits);
  const packets = bounded(track.packets, fileBytes, container);
  return withCut(track, await decodePackets(track, packets, limits));
}

async function decodePackets(
  { coding, container }: SoundTrack,
  packets: Iterable<Uint8Array>,
  limits: AudioLimits,
): Promise<Recording> {
  switch (coding.kind) {
    case "opus": {
      const headers = [withoutPreSkip(coding.head), new Uint8Array(Buffer.from("OpusTags\0\0\0\0\0\0\0\0"))];
      const portions = oggPortions(headers, packets, portionBytes);
      const collector = await decodeStream(await opusDecoder(), portions, "Opus", limits);
      return opusOutput(collector.recording(), coding.head);
    }
    case "vorbis": {
      const portions = oggPortions(coding.headers, packets, portionBytes);
      const { channels, sampleRate } = (
        await decodeStream(await vorbisDecoder(), portions, "Vorbis", limits)
      ).recording();
      return { channels: inWavOrder(channels), sampleRate };
    }
    case "flac": {
      // A track that was cut out of a longer one keeps the length of that in its header.
      const frames = new FlacFrames({ ...flacHeader(coding.head, 0), frames: 0 }, limits);
      for (const packet of packets) frames.addFrame(packet);
      return frames.recording();
    }
    case "alac":
      return decodeAlac(coding.cookie, packets, limits);
    case "mpeg":
      return decodeMp3(gathered(packets), limits);
    case "pcm":
      return readPcm(gathered(packets), coding.layout, limits);
    case "ima4": {
      const layout = { ...coding, coding: "ima4", blockBytes: 34 * coding.channels } as const;
      return decodeAdpcm(gathered(packets), layout, container, limits);
    }
    default:
      throw notReadHere(article(container));
  }
}

/** Each byte of a file belongs to one packet; tables that say otherwise could make gigabytes of little. */
function* bounded(packets: Iterable<Uint8Array>, fileBytes: number, container: string): Generator<Uint8Array> {
  let left = fileBytes;
  for (const packet of packets) {
    left -= packet.length;
    if (left < 0) throw damaged(container, `says that it has more sound than its ${fileBytes} bytes can hold`);
    yield packet;
  }
}

/** All packets one after the other; there can be millions, so they are not kept as such. */
function gathered(packets: Iterable<Uint8Array>): Uint8Array {
  let bytes = new Uint8Array(65_536);
  let end = 0;
  for (const packet of packets) {
    if (end + packet.length > bytes.length) {
      const larger = new Uint8Array(Math.max(bytes.length * 2, end + packet.length));
      larger.set(bytes.subarray(0, end));
      bytes = larger;
    }
    bytes.set(packet, end);
    end += packet.length;
  }
  return bytes.subarray(0, end);
}

function article(container: string): string {
  return `${container === "MP4" ? "An" : "A"} ${container}`;
}
