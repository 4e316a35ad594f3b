import type { Licence } from "@menagerie/core";

/** What a source states of itself. */
export interface StatedLicence {
  readonly licence?: string | undefined;
  readonly isGated?: boolean | undefined;
}

/**
 * Why a person must agree before weights are fetched, each a sentence; none where the licence allows what people do with a model.
 * @param declared by the spec. @param stated by the source
 */
export function licenceDoubts(declared: Licence, stated: StatedLicence): string[] {
  const own = doubtOf(declared.id);
  const theirs = stated.licence === undefined ? undefined : doubtOf(stated.licence);
  const data = declared.training_data === undefined ? undefined : restriction(declared.training_data.id);
  return [
    ...(own === undefined ? [] : [`The licence of the weights ${own}.`]),
    ...(theirs === undefined || theirs === own ? [] : [`By their source, the licence of the weights ${theirs}.`]),
    ...(data === undefined ? [] : [`The licence of the data that they were trained on ${data}.`]),
    ...(stated.isGated === true ? ["The repository is gated: its owner has terms that you accept on its page."] : []),
  ];
}

/** End of a sentence; undefined where there is nothing to ask about. */
function doubtOf(id: string): string | undefined {
  if (/^(noassertion|none|unknown|other|licenseref-unknown)$/i.test(id)) return `is not stated (${id})`;
  return restriction(id) ?? (/^licenseref-/i.test(id) ? `is one of its own (${id})` : undefined);
}

function restriction(id: string): string | undefined {
  if (/(^|[-_])agpl/i.test(id))
    return `is ${id}: who serves what is made with them over a network owes its users the source`;
  if (/(^|[-_])(nc|noncommercial|non-commercial|research)([-_]|$)/i.test(id))
    return `is ${id}, which forbids commercial use`;
  return undefined;
}
