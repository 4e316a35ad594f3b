/** Bits of a mode in the setup header: whether its blocks are long, window and transform (both 0), and its mapping (Vorbis I, 4.2.4). */
const modeBits = 41;
const mostModes = 64;
const countBits = 6;

/**
 * How many samples each packet of Vorbis completes, the first none: a quarter of its block and of the one before.
 * @param headers identification, comment and setup
 * @returns undefined where the setup's modes cannot be found
 */
export function vorbisCounter(headers: readonly Uint8Array[]): ((packet: Uint8Array) => number) | undefined {
  const [identification, , setup] = headers;
  const modes = setup && longModes(setup);
  if (identification === undefined || modes === undefined) return undefined;
  const sizes = identification[28] ?? 0;
  const [short, long] = [2 ** (sizes & 15), 2 ** (sizes >> 4)];
  const mask = 2 ** Math.ceil(Math.log2(modes.length)) - 1;
  let before = 0;
  return ([first = 0]) => {
    const block = modes[(first >> 1) & mask] ? long : short;
    const frames = before === 0 ? 0 : (before + block) / 4;
    before = block;
    return frames;
  };
}

/**
 * Whether the blocks of each mode are long. The modes are the last of a setup header whose other parts have lengths of their own, so
 * they are read from its end, as ffmpeg's parser does: the most of them whose number stands before them.
 */
function longModes(setup: Uint8Array): boolean[] | undefined {
  let at = 0;
  const number = (from: number, count: number): number => {
    let value = 0;
    for (let i = from; i < from + count; i++)
      value = value * 2 + (((setup[setup.length - 1 - (i >> 3)] ?? 0) >> (7 - (i & 7))) & 1);
    return value;
  };
  const end = setup.length * 8;
  while (at < end && number(at, 1) === 0) at++;
  // The framing bit.
  at++;
  const found: boolean[] = [];
  let modes: boolean[] | undefined;
  while (found.length < mostModes && at + modeBits + countBits <= end) {
    const [mapping, transform, window] = [number(at, 8), number(at + 8, 16), number(at + 24, 16)];
    if (mapping > 63 || transform !== 0 || window !== 0) break;
    found.unshift(number(at + 40, 1) === 1);
    at += modeBits;
    if (number(at, countBits) + 1 === found.length) modes = [...found];
  }
  return modes;
}
