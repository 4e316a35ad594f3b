/**
 * One text of several that overlap, each with the end of the one before: `_find_longest_common_sequence` of transformers'
 * `tokenization_whisper`. Where two meet best, the first half of what they share is the left one's, the other the right one's.
 * @param sequences ids, in the order of time
 */
export function joinOverlapping(sequences: readonly (readonly number[])[]): number[] {
  const [first = [], ...others] = sequences;
  const whole: number[] = [];
  let left: readonly number[] = first;
  for (const right of others) {
    const { leftMiddle, rightMiddle } = bestMeeting(left, right);
    whole.push(...left.slice(0, leftMiddle));
    left = right.slice(rightMiddle);
  }
  return [...whole, ...left];
}

interface Meeting {
  readonly leftMiddle: number;
  readonly rightMiddle: number;
}

/** Slides the right text over the left one; of two places with as many matches for their length the longer overlap wins. */
function bestMeeting(left: readonly number[], right: readonly number[]): Meeting {
  let best: Meeting = { leftMiddle: left.length, rightMiddle: 0 };
  let highest = 0;
  for (let i = 1; i < left.length + right.length; i++) {
    const leftStart = Math.max(0, left.length - i);
    const leftStop = Math.min(left.length, left.length + right.length - i);
    const rightStart = Math.max(0, i - left.length);
    let matches = 0;
    for (let at = leftStart; at < leftStop; at++) if (left[at] === right[rightStart + at - leftStart]) matches++;
    const matching = matches / i + i / 10_000;
    if (matches < 2 || matching <= highest) continue;
    highest = matching;
    const rightStop = Math.min(right.length, i);
    best = {
      leftMiddle: Math.floor((leftStop + leftStart) / 2),
      rightMiddle: Math.floor((rightStop + rightStart) / 2),
    };
  }
  return best;
}
