import { inWavOrder } from "../decode/channel-order.ts";
import type { Recording } from "../signal/recording.ts";
import { opusGain } from "./opus-head.ts";

/** What a decoder of Opus gives as its header says that it is to be heard: as loud, and with its channels in the order of WAV. */
export function opusOutput(recording: Recording, head: Uint8Array): Recording {
  const gain = opusGain(head);
  // The other families of mappings say nothing of loudspeakers (RFC 7845, 5.1.1).
  const channels = head[18] === 1 ? inWavOrder(recording.channels) : recording.channels;
  if (gain === 1) return { ...recording, channels };
  return { ...recording, channels: channels.map((samples) => samples.map((sample) => sample * gain)) };
}
