import type { Recording } from "../signal/recording.ts";
import { opusGain } from "./opus-head.ts";

/** What a decoder of Opus gives as its header says that it is to be heard. */
export function opusOutput(recording: Recording, head: Uint8Array): Recording {
  const gain = opusGain(head);
  if (gain === 1) return recording;
  return { ...recording, channels: recording.channels.map((samples) => samples.map((sample) => sample * gain)) };
}
