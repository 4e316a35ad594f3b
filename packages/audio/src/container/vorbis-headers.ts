import { damaged } from "../decode/decode-failure.ts";

/**
 * The three headers of Vorbis from a container's setup: how many less one, the sizes of all but the last in Xiph's
 * lacing, and they themselves.
 *
 * @throws ModelError `audio_undecodable` unless there are three
 */
export function vorbisHeaders(setup: Uint8Array, container: string): Uint8Array[] {
  const sizes: number[] = [];
  let at = 1;
  for (let i = 0; i < 2; i++) {
    let size = 0;
    while (setup[at] === 255) {
      size += 255;
      at++;
    }
    size += setup[at] ?? 0;
    at++;
    sizes.push(size);
  }
  const [first = 0, second = 0] = sizes;
  if (setup[0] !== 2 || at + first + second >= setup.length) throw damaged(container, "has no headers for its Vorbis");
  const comment = at + first;
  return [setup.subarray(at, comment), setup.subarray(comment, comment + second), setup.subarray(comment + second)];
}
