import { ModelError } from "@menagerie/core";

/** Characters of one event, or of one body: JSON of more of them could hardly be read. */
export const mostCharacters: number = 256 * 2 ** 20;

/** Bytes of what a server says that it refuses. */
export const mostOfError: number = 2 ** 20;

/** A body as text. @throws `internal` once it has more than so many bytes: the rest is not waited for */
export async function limitedText(response: Response, address: string, most: number): Promise<string> {
  if (response.body === null) return "";
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  const pieces: string[] = [];
  let bytes = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return pieces.join("") + decoder.decode();
      bytes += value.length;
      if (bytes > most) throw tooMuch(address, `${most} bytes`);
      pieces.push(decoder.decode(value, { stream: true }));
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** @param most as words */
export function tooMuch(address: string, most: string): ModelError {
  return new ModelError(
    "internal",
    `${address} answers with more than ${most} at once, which no zoo does. Is it one? Ask for less (top_k, where the task has it).`,
    { details: { url: address } },
  );
}
