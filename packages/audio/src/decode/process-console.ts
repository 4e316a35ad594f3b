interface ProcessConsole {
  error(...values: unknown[]): void;
  warn(...values: unknown[]): void;
  log(...values: unknown[]): void;
}

/** The process's console, by a type of our own: AssemblyScript's types, of which a test makes use, declare another. */
export const console: ProcessConsole = (globalThis as unknown as { console: ProcessConsole }).console;
