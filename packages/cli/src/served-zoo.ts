import { ServedZoo } from "@menagerie/client";
import { usableToken } from "@menagerie/server";
import { InvalidArgumentError, Option } from "commander";

/** Which served zoo is meant. */
export interface ServedFlags {
  readonly url?: string | undefined;
  readonly token?: string | undefined;
}

/** @param text an address like http://127.0.0.1:8000 */
export function urlOption(description: string): Option {
  return new Option("--url <address>", description).argParser((text) => {
    if (/^https?:$/.test(URL.parse(text)?.protocol ?? "")) return text;
    throw new InvalidArgumentError("It must be an address like http://127.0.0.1:8000.");
  });
}

export function tokenOption(): Option {
  return new Option("--token <secret>", "its bearer token").env("ZOO_TOKEN");
}

/** The zoo that is served there. @throws `unauthorised` for a token that no header can carry */
export function servedZoo(url: string, { token }: ServedFlags): ServedZoo {
  // A variable that is set to nothing is no token.
  return new ServedZoo(url, token?.trim() ? { token: usableToken(token, "--token (or ZOO_TOKEN)") } : {});
}
