import type { ScoreProcessor } from "@menagerie/text";
import type { TokenLayout } from "./token-layout.ts";

/**
 * The rules of OpenAI's `ApplyTimestampRules`, in the form of transformers' `WhisperTimeStampLogitsProcessor`: the text
 * begins with a time that is not too late, times come in pairs except before the end and never decrease, and where all
 * times together are likelier than any one other token, it is a time.
 * @param begin tokens that open the text; the rules are about those after them
 */
export function timestampRules(layout: TokenLayout, begin: number): ScoreProcessor {
  const { noTimestamps, endOfText, maxInitialTimestamp } = layout;
  const first = noTimestamps + 1;
  return (sequence, scores) => {
    const forbid = (from: number, to: number): void => {
      scores.fill(Number.NEGATIVE_INFINITY, from, to);
    };
    forbid(noTimestamps, first);
    const text = sequence.slice(begin);
    const isTime = (id: number | undefined): boolean => id !== undefined && id >= first;
    const endsInTime = isTime(text.at(-1));
    const endsInPair = endsInTime && (text.length < 2 || isTime(text.at(-2)));
    if (endsInPair) forbid(first, scores.length);
    else if (endsInTime) forbid(0, endOfText);
    const latest = text.findLast(isTime);
    // The second of a pair may be the same moment, the start of the next segment; a segment's end may not.
    if (latest !== undefined) forbid(first, endsInTime && !endsInPair ? latest : latest + 1);
    if (text.length === 0) {
      forbid(0, first);
      if (maxInitialTimestamp !== undefined)
        forbid(Math.min(first + maxInitialTimestamp + 1, scores.length), scores.length);
    }
    if (logSum(scores, first) > highest(scores, first)) forbid(0, first);
  };
}

/** The logarithm of the summed powers of the scores from `from` on. Their common divisor is left out on both sides. */
function logSum(scores: Float32Array, from: number): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let i = from; i < scores.length; i++) if ((scores[i] as number) > most) most = scores[i] as number;
  if (most === Number.NEGATIVE_INFINITY) return most;
  let sum = 0;
  for (let i = from; i < scores.length; i++) sum += Math.exp((scores[i] as number) - most);
  return most + Math.log(sum);
}

function highest(scores: Float32Array, to: number): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < to; i++) if ((scores[i] as number) > most) most = scores[i] as number;
  return most;
}
