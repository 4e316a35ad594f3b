import type { Recording } from "../signal/recording.ts";
import { packetCounter } from "./packet-frames.ts";
import type { SoundTrack } from "./sound-track.ts";

/** Samples that are left out, or kept; the end is not included. */
interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** What is to be heard of a track's decoded sound. */
export function withCut(track: SoundTrack, { channels, sampleRate }: Recording): Recording {
  const { skip, end = Number.POSITIVE_INFINITY } = track.cut;
  const frames = channels[0]?.length ?? 0;
  const gaps: Stretch[] = [
    { start: 0, end: Math.round(skip * sampleRate) },
    ...paddingsIn(track, frames, sampleRate),
    { start: Math.round(end * sampleRate), end: frames },
  ];
  const kept = between(gaps, frames);
  if (kept.length === 1 && kept[0]?.start === 0 && kept[0].end === frames) return { channels, sampleRate };
  return { channels: channels.map((samples) => joined(samples, kept)), sampleRate };
}

/** As ffmpeg cuts them: a padding longer than what its packet gives is none. */
function paddingsIn({ coding, packets, cut }: SoundTrack, frames: number, sampleRate: number): Stretch[] {
  // Those of the packets that were decoded: asked for anew, they tell of their paddings anew.
  const { paddings = new Map<number, number>() } = cut;
  if (paddings.size === 0) return [];
  const counter = packetCounter(coding);
  const gaps: Stretch[] = [];
  let [number, total] = [0, 0];
  for (const packet of packets) {
    const start = total;
    total += counter?.(packet) ?? 0;
    const padding = Math.round((paddings.get(number) ?? 0) * sampleRate);
    if (padding > 0 && padding <= total - start) gaps.push({ start: total - padding, end: total });
    if (padding < 0) gaps.push({ start, end: start - padding });
    number++;
  }
  if (total === frames) return gaps;
  // Where the decoder gives more or less than its packets stand for, the end alone is sure.
  const last = Math.round((paddings.get(number - 1) ?? 0) * sampleRate);
  return last > 0 ? [{ start: Math.max(0, frames - last), end: frames }] : [];
}

/** What the gaps leave of so many samples, in order. */
function between(gaps: readonly Stretch[], frames: number): Stretch[] {
  const kept: Stretch[] = [];
  let at = 0;
  for (const gap of [...gaps, { start: frames, end: frames }].sort((one, other) => one.start - other.start)) {
    if (gap.end <= gap.start && gap.start < frames) continue;
    const end = Math.min(gap.start, frames);
    if (end > at) kept.push({ start: at, end });
    at = Math.max(at, gap.end);
  }
  return kept;
}

function joined(samples: Float32Array, kept: readonly Stretch[]): Float32Array {
  const [first, ...others] = kept;
  if (first === undefined) return new Float32Array(0);
  if (others.length === 0) return samples.slice(first.start, first.end);
  const whole = new Float32Array(kept.reduce((sum, { start, end }) => sum + end - start, 0));
  let at = 0;
  for (const { start, end } of kept) {
    whole.set(samples.subarray(start, end), at);
    at += end - start;
  }
  return whole;
}
