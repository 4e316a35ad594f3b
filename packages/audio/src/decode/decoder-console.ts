import { console } from "./process-console.ts";

/**
 * The decoders tell the console of each fault. While one of them works, what it writes there becomes an exception
 * instead; what others write reaches the console.
 */
export async function withoutConsole<Result>(decode: () => Result | Promise<Result>): Promise<Result> {
  if (working === 0) {
    original = console.error;
    console.error = raiseFaults;
  }
  working++;
  try {
    return await decode();
  } finally {
    working--;
    if (working === 0) console.error = original;
  }
}

let working = 0;
let original: (...values: unknown[]) => void = console.error;

function raiseFaults(...values: unknown[]): void {
  const text = String(values[0]);
  if (/^(?:mpg123-decoder:|@wasm-audio-decoders\/[a-z-]+:|libopus -)/.test(text))
    throw new Error(text.replace(/\s+/g, " "));
  original(...values);
}
