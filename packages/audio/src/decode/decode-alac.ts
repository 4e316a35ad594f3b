import type { Recording } from "../signal/recording.ts";
import { type AlacSetup, readAlacFrame } from "./alac-frame.ts";
import type { AudioLimits } from "./audio-limits.ts";
import { damaged, notReadHere } from "./decode-failure.ts";
import { SampleCollector } from "./sample-collector.ts";

/**
 * Apple Lossless, a frame in each packet: the integers that were encoded over 2^(bits - 1).
 *
 * @param cookie the setup, 24 bytes
 * @throws ModelError `audio_undecodable` also for more than two channels
 */
export function decodeAlac(cookie: Uint8Array, packets: Iterable<Uint8Array>, limits: AudioLimits): Recording {
  const setup = alacSetup(cookie);
  const collector = new SampleCollector("ALAC", limits);
  for (const packet of packets) {
    const channels = readAlacFrame(packet, setup);
    if (channels === undefined) throw damaged("ALAC", `is damaged after ${collector.frames} samples`);
    collector.add({
      channelData: channels.map((samples) => scaled(samples, 2 ** (setup.bits - 1))),
      samplesDecoded: channels[0]?.length ?? 0,
      sampleRate: setup.sampleRate,
      errors: [],
    });
  }
  return collector.recording();
}

function alacSetup(cookie: Uint8Array): AlacSetup {
  if (cookie.length < 24) throw damaged("ALAC", "has no setup");
  const view = new DataView(cookie.buffer, cookie.byteOffset, cookie.byteLength);
  const setup = {
    frameLength: view.getUint32(0),
    bits: view.getUint8(5),
    historyWeight: view.getUint8(6),
    firstHistory: view.getUint8(7),
    mostRiceBits: view.getUint8(8),
    channels: view.getUint8(9),
    sampleRate: view.getUint32(20),
  };
  if (setup.channels > 2) throw notReadHere(`ALAC of ${setup.channels} channels`);
  // Frames have 4096 samples; a frame of silence has a dozen bytes whatever its length.
  if (setup.frameLength > 65_536 || ![16, 20, 24, 32].includes(setup.bits) || setup.mostRiceBits > 24)
    throw damaged("ALAC", `has frames of ${setup.frameLength} samples of ${setup.bits} bits by its setup`);
  return setup;
}

function scaled(samples: Int32Array, full: number): Float32Array {
  const floats = new Float32Array(samples.length);
  for (let i = 0; i < floats.length; i++) floats[i] = (samples[i] as number) / full;
  return floats;
}
