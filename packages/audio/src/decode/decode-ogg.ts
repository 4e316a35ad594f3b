import { opusOutput } from "../container/opus-output.ts";
import { vorbisFrames } from "../container/packet-frames.ts";
import type { Recording } from "../signal/recording.ts";
import { type AudioLimits, checkExtent } from "./audio-limits.ts";
import { inWavOrder } from "./channel-order.ts";
import { damaged, withoutSound } from "./decode-failure.ts";
import { decodeOggFlac } from "./decode-flac.ts";
import { decodeStream, portionsOf, type StreamDecoder } from "./decode-stream.ts";
import { oggHeader } from "./ogg-header.ts";
import { type OggLink, oggLinks } from "./ogg-links.ts";
import { oggPacketCount } from "./ogg-packets.ts";
import { optionalDecoder } from "./optional-decoder.ts";
import { SampleCollector } from "./sample-collector.ts";
import { vorbisStart } from "./vorbis-start.ts";

/** In samples of one channel. */
const shortestOpus = 120;

/** The headers of Vorbis and its first packet, which gives nothing; Opus has fewer. */
const notHeard = 4;

/** A page of a few hundred bytes can stand for 255 packets of thousands of samples each. */
const portionBytes = 1024;

type OggFormat = OggLink["format"];

const names: Readonly<Record<OggFormat, string>> = { "ogg-opus": "Opus", "ogg-vorbis": "Vorbis", "ogg-flac": "FLAC" };

/** Vorbis, Opus or FLAC in Ogg, all links of a chain; Opus always comes at 48 kHz, whatever was recorded. */
export async function decodeOgg(file: Uint8Array, limits: AudioLimits): Promise<Recording> {
  const links = oggLinks(file);
  const [first, ...others] = links;
  if (first === undefined) throw withoutSound("Ogg");
  if (others.length === 0) return decodeLink(first, limits);
  const name = names[first.format];
  const collector = new SampleCollector(name, limits);
  for (const link of links) {
    if (link.format !== first.format)
      throw damaged(name, `changes to ${names[link.format]} after ${collector.frames} samples`);
    const { channels, sampleRate } = await decodeLink(link, limits);
    collector.add({ channelData: channels, samplesDecoded: channels[0]?.length ?? 0, sampleRate, errors: [] });
  }
  return collector.recording();
}

async function decodeLink({ bytes, format }: OggLink, limits: AudioLimits): Promise<Recording> {
  if (format === "ogg-flac") return decodeOggFlac(bytes, limits);
  const name = names[format];
  const header = oggHeader(bytes, format);
  if (header === undefined) throw damaged(name, "ends within its header");
  checkExtent(header, limits);
  // A packet of one byte costs a call of the decoder: more than an hour of true ones are not tried.
  const first = bytes.subarray(27 + (bytes[26] ?? 0));
  const least = format === "ogg-opus" ? shortestOpus : vorbisFrames(first);
  checkExtent({ ...header, frames: Math.max(0, oggPacketCount(bytes) - notHeard) * least }, limits);
  // Until it has its headers, each call of the decoder of Vorbis costs tens of milliseconds: they come all at once.
  const firstBytes = format === "ogg-opus" ? portionBytes : vorbisStart(bytes);
  if (firstBytes === undefined) throw damaged(name, "ends within its headers");
  const decoder = format === "ogg-opus" ? await opusDecoder() : await vorbisDecoder();
  const collector = await decodeStream(decoder, portionsOf(bytes, portionBytes, firstBytes), name, limits);
  const { channels, sampleRate } = collector.recording();
  // The decoder of Opus leaves up to its lead-in too much at the end of a short file.
  const isLonger = header.frames > 0 && collector.frames > header.frames;
  const heard = isLonger ? channels.map((channel) => channel.slice(0, header.frames)) : channels;
  if (format === "ogg-vorbis") return { channels: inWavOrder(heard), sampleRate };
  return opusOutput({ channels: heard, sampleRate }, first);
}

/** @throws ModelError `dependency_missing` */
export async function opusDecoder(): Promise<StreamDecoder> {
  const { OggOpusDecoder } = await optionalDecoder("ogg-opus-decoder", "Opus", () => import("ogg-opus-decoder"));
  return new OggOpusDecoder();
}

/** @throws ModelError `dependency_missing` */
export async function vorbisDecoder(): Promise<StreamDecoder> {
  const name = "@wasm-audio-decoders/ogg-vorbis";
  const { OggVorbisDecoder } = await optionalDecoder(name, "Vorbis", () => import("@wasm-audio-decoders/ogg-vorbis"));
  return new OggVorbisDecoder();
}
