import { ModelError } from "@menagerie/core";
import type { HttpResponse } from "./http-client.ts";

/** Bytes of an answer in JSON: a list of a thousand files takes a few hundred thousand. */
const mostBytes = 32 << 20;
/** Milliseconds that one may take. */
const mostMs = 120_000;

/** Reads an answer that is words and no weights. @throws `source_changed` for one that does not end, by its length or by its time */
export async function answerText({ body, url }: HttpResponse): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  const tooMuch = (what: string): ModelError =>
    new ModelError("source_changed", `${url.origin}${url.pathname} answers ${what}, as no hub does. Is it one?`, {
      details: { url: `${url.origin}${url.pathname}` },
    });
  const late = setTimeout(() => body.destroy(tooMuch(`for more than ${mostMs / 1000} s`)), mostMs);
  try {
    for await (const part of body as AsyncIterable<Buffer>) {
      parts.push(part);
      length += part.length;
      if (length > mostBytes) throw tooMuch(`with more than ${mostBytes} bytes`);
    }
  } finally {
    clearTimeout(late);
  }
  return Buffer.concat(parts).toString("utf8");
}
