import { fromSerialisedModelError, ModelError } from "@menagerie/core";
import { usableToken } from "@menagerie/server";
import type { ServedFlags } from "./served-zoo.ts";

/** The journal of the zoo that is served there, as text. @throws the zoo's error, or `zoo_closed` where none answers */
export async function fetchJournal(url: string, { token }: ServedFlags): Promise<string> {
  // A variable that is set to nothing is no token.
  const usable = token?.trim() ? usableToken(token, "--token (or ZOO_TOKEN)") : undefined;
  const headers: Record<string, string> = usable === undefined ? {} : { authorization: `Bearer ${usable}` };
  const place = `${url.replace(/\/+$/, "")}/v1/journal`;
  const response = await fetch(place, { headers, redirect: "error" }).catch((cause: unknown) => {
    throw new ModelError(
      "zoo_closed",
      `No zoo answers at ${url}. Start one with \`zoo serve\`, or name another with --url or ZOO_URL.`,
      { details: { url }, cause },
    );
  });
  const text = await response.text();
  if (response.ok) return text;
  throw (
    errorIn(text) ??
    new ModelError("internal", `${url} answered ${response.status} and no zoo's error: is it one?`, {
      details: { status: response.status },
    })
  );
}

function errorIn(text: string): ModelError | undefined {
  try {
    return fromSerialisedModelError(
      (JSON.parse(text) as { error: Parameters<typeof fromSerialisedModelError>[0] }).error,
    );
  } catch {
    return undefined;
  }
}
