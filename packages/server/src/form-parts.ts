import { isModelError, ModelError } from "@menagerie/core";
import type { FastifyRequest } from "fastify";
import { tooLarge } from "./error-response.ts";

/** A part of a form: text, JSON, which is read where the field takes it, or the bytes of a file. */
export type FormPart = { readonly name: string } & (
  | { readonly kind: "text"; readonly text: string }
  | {
      readonly kind: "json";
      readonly bytes: Uint8Array;
      readonly filename: string | undefined;
    }
  | { readonly kind: "file"; readonly bytes: Uint8Array; readonly filename: string | undefined }
);

/**
 * The parts of a form as they arrive, as many bytes as the server takes of any request.
 * @throws `input_invalid` for what is no form, or not the whole of one; `input_too_large`
 */
export async function* formParts(request: FastifyRequest): AsyncIterable<FormPart> {
  const { bodyLimit } = request.routeOptions;
  let taken = 0;
  const count = (bytes: number): void => {
    taken += bytes;
    if (bodyLimit !== undefined && taken > bodyLimit) throw tooLarge(request);
  };
  try {
    for await (const part of request.parts({ isPartAFile })) {
      const { fieldname: name } = part;
      if (name === undefined) throw new Error("a part has no name");
      if (part.type === "field") {
        if (part.fieldnameTruncated || part.valueTruncated) throw cutShort(name);
        const text = String(part.value);
        count(Buffer.byteLength(text));
        yield { name, kind: "text", text };
        continue;
      }
      const { filename, mimetype } = part;
      const bytes = new Uint8Array(await part.toBuffer());
      count(bytes.length);
      yield { name, kind: isJson(mimetype) ? "json" : "file", bytes, filename };
    }
  } catch (cause) {
    // A refusal of the HTTP layer has a status, of size say; what has none is the parser's word on the bytes.
    if (isModelError(cause) || (cause as { statusCode?: unknown }).statusCode !== undefined) throw cause;
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new ModelError(
      "input_invalid",
      `The form cannot be read: ${problem}. Send the whole of a multipart/form-data body whose boundary stands in its content-type; curl -F and FormData write both, so set no content-type by hand.`,
      { details: { content_type: request.headers["content-type"] ?? "" }, cause },
    );
  } finally {
    // What nobody reads of a refused form would stand before the next request of its connection for ever.
    request.raw.unpipe();
    request.raw.resume();
  }
}

/** What a part is, as the middle of a sentence: `a file (photo.jpg)`. */
export function partWords(part: FormPart): string {
  if (part.kind === "text") return "text";
  const name = part.filename === undefined ? "" : ` (${part.filename.slice(0, 100)})`;
  return part.kind === "json" ? `JSON${name}` : `a file${name}`;
}

/** The multipart reader's own way with JSON does not tell which part was none. */
function isPartAFile(_name: string | undefined, type: string | undefined, filename: string | undefined): boolean {
  return filename !== undefined || type === "application/octet-stream" || /^application\/json/i.test(type ?? "");
}

/** `application/json`, `application/json-patch+json`; what is called `application/jsonl` is several of them. */
function isJson(type: string): boolean {
  return /^application\/json(?:[\w.-]*\+json)?\s*(?:;|$)/i.test(type);
}

/** @throws Error for what is no JSON, and for a key by which an object would change its kind, as the HTTP layer refuses it in a body */
export function parsedJson(text: string): unknown {
  const whole: unknown = JSON.parse(text);
  // To have the parser tell of each key takes thirty times as long; without either of these it has no such key.
  if (!/__proto__|\\u00[57]|\\u006/.test(text)) return whole;
  const left = [whole];
  while (left.length > 0) {
    const value = left.pop();
    if (typeof value !== "object" || value === null) continue;
    if (Object.hasOwn(value, "__proto__")) throw new Error('it has a key "__proto__"');
    for (const item of Object.values(value)) left.push(item);
  }
  return whole;
}

/** What a part says in JSON. @throws `input_invalid` for one that says it is JSON and is none */
export function jsonIn({ name, bytes }: Extract<FormPart, { readonly kind: "json" }>): unknown {
  try {
    return parsedJson(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new ModelError(
      "input_invalid",
      `The form's "${name}" says that it is JSON (its content-type is application/json), and cannot be read as that: ${problem}.`,
      { details: { field: name }, cause },
    );
  }
}

function cutShort(name: string): ModelError {
  const shown = name.slice(0, 100);
  return new ModelError(
    "input_too_large",
    `The form's "${shown}" is longer than this server takes. Send less, or raise --max-body-mb.`,
    { details: { field: shown } },
  );
}
