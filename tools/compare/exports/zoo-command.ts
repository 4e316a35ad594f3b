import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** What a command answered, an object for each thing that was asked, or how it was refused. */
export interface CommandAnswer {
  readonly outputs: readonly unknown[];
  readonly error: string | undefined;
}

interface Line {
  readonly output?: unknown;
  readonly error?: { readonly code: string; readonly message: string };
}

/** Runs `zoo` with `--json`, as a person would. */
export function zooCommand(...args: readonly string[]): Promise<CommandAnswer> {
  const command = [
    "--conditions=menagerie-source",
    `${root}packages/cli/src/main.ts`,
    "--app",
    root,
    "--json",
    ...args,
  ];
  return new Promise((resolve) => {
    execFile(process.execPath, command, { maxBuffer: 1e9 }, (failure, out, err) => {
      const lines = out.split("\n").filter((line) => line.startsWith("{"));
      const answers = lines.map((line) => JSON.parse(line) as Line);
      const said = answers.find(({ error }) => error !== undefined)?.error;
      const error = said === undefined ? undefined : `${said.code}: ${said.message}`;
      const outputs = answers.map(({ output }) => output);
      resolve({ outputs, error: error ?? (failure === null ? undefined : err.slice(-500)) });
    });
  });
}
