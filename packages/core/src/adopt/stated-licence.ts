import { open } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

/** Bytes of a model card that are looked at: its front matter lies at the beginning. */
const headBytes = 1 << 16;

const cardSchema = z.looseObject({
  license: z.union([z.string(), z.array(z.string())]).optional(),
  license_name: z.string().optional(),
  license_link: z.string().optional(),
});

/** A licence as the folder's own model card states it. */
export interface StatedLicence {
  /** SPDX identifier, or `LicenseRef-…` for one that is not on its list. */
  readonly id: string;
  readonly url?: string | undefined;
  /** The words of the card. */
  readonly said: string;
}

/**
 * The licence that a checkpoint folder states of itself, in the front matter of its README.md as hubs have it.
 * @returns undefined where it states none, or none that says anything ("other", "unknown")
 */
export async function statedLicence(folder: string): Promise<StatedLicence | undefined> {
  const head = await headOf(join(folder, "README.md"));
  const front = /^\uFEFF?---\r?\n([\s\S]*?)\r?\n---\s*(?:\r?\n|$)/.exec(head)?.[1];
  if (front === undefined) return undefined;
  const { parse } = await import("yaml");
  const card = cardSchema.safeParse(quietly(() => parse(front) as unknown));
  if (!card.success) return undefined;
  const { license, license_name, license_link } = card.data;
  const said = [license ?? []].flat().filter((id) => id !== "");
  const named = said.length === 1 && /^other$/i.test(said[0] ?? "") ? [license_name ?? "other"] : said;
  const ids = named.filter((id) => !/^(?:other|unknown)$/i.test(id)).map(spdxOf);
  if (ids.length === 0) return undefined;
  const url = license_link !== undefined && /^https?:\/\//.test(license_link) ? { url: license_link } : {};
  // Several may each be chosen, or each hold for a part: the card does not say, so both are told.
  return { id: ids.join(" AND "), ...url, said: named.join(", ") };
}

async function headOf(file: string): Promise<string> {
  try {
    await using card = await open(file);
    const { buffer, bytesRead } = await card.read(new Uint8Array(headBytes), 0, headBytes, 0);
    return new TextDecoder().decode(buffer.subarray(0, bytesRead));
  } catch {
    // A folder without a card states nothing.
    return "";
  }
}

function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** Hubs write SPDX identifiers in lower case, and names of their own beside them. */
function spdxOf(id: string): string {
  const known = spdx.find((each) => each.toLowerCase() === id.trim().toLowerCase());
  return known ?? `LicenseRef-${id.trim().replaceAll(/[^A-Za-z0-9.-]+/g, "-")}`;
}

/** Those of the hubs' lists that SPDX has too. */
const spdx: readonly string[] = [
  ...["Apache-2.0", "MIT", "BSD-2-Clause", "BSD-3-Clause", "BSD-3-Clause-Clear", "ISC", "Zlib", "Unlicense", "0BSD"],
  ...[
    "AFL-3.0",
    "Artistic-2.0",
    "BSL-1.0",
    "ECL-2.0",
    "EPL-1.0",
    "EPL-2.0",
    "EUPL-1.1",
    "EUPL-1.2",
    "MPL-2.0",
    "MS-PL",
  ],
  ...["GPL-2.0", "GPL-3.0", "LGPL-2.1", "LGPL-3.0", "AGPL-3.0", "NCSA", "OFL-1.1", "OSL-3.0", "PostgreSQL", "WTFPL"],
  ...["CC0-1.0", "CC-BY-2.0", "CC-BY-3.0", "CC-BY-4.0", "CC-BY-SA-3.0", "CC-BY-SA-4.0", "CC-BY-NC-2.0", "CC-BY-NC-3.0"],
  ...["CC-BY-NC-4.0", "CC-BY-ND-4.0", "CC-BY-NC-ND-3.0", "CC-BY-NC-ND-4.0", "CC-BY-NC-SA-2.0", "CC-BY-NC-SA-3.0"],
  ...[
    "CC-BY-NC-SA-4.0",
    "ODbL-1.0",
    "ODC-By-1.0",
    "PDDL-1.0",
    "LPPL-1.3c",
    "CDLA-Permissive-1.0",
    "CDLA-Permissive-2.0",
  ],
  ...["CDLA-Sharing-1.0", "GFDL-1.3", "C-UDA-1.0"],
];
