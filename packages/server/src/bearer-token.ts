import { createHash, timingSafeEqual } from "node:crypto";
import { ModelError } from "@menagerie/core";

/**
 * A token that requests can carry in their header. An empty one, as an unset variable gives it, would leave the server open
 * to everybody who sends an empty one.
 * @param source where it came from, for the message: "--token"
 * @throws `unauthorised`
 */
export function usableToken(token: string, source: string): string {
  if (/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(token)) return token;
  const fault =
    token.trim() === ""
      ? "is set but empty: a variable without a value opens nothing"
      : "has blanks at its end, a line break, or characters outside of ASCII, which no header can carry";
  throw new ModelError("unauthorised", `${source} ${fault}. Give the token that clients must send, or leave it out.`);
}

/** Whether the header is `Bearer TOKEN` with this token. */
export function hasToken(header: string | undefined, token: string): boolean {
  const given = /^Bearer +(.*)$/i.exec(header ?? "")?.[1];
  // Digests are equally long, so that the time taken tells nothing of the token's length either.
  return given !== undefined && timingSafeEqual(digest(given.trimEnd()), digest(token));
}

/** @throws `unauthorised` where the header is not `Bearer TOKEN` with this token */
export function requireToken(header: string | undefined, token: string): void {
  if (hasToken(header, token)) return;
  throw new ModelError("unauthorised", "This server asks for a token: send the header Authorization: Bearer TOKEN.");
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
