import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** What a command answered, or how it was refused. */
export interface CommandAnswer {
  readonly output: unknown;
  readonly error: string | undefined;
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
      const line = out.trim().split("\n").at(-1) ?? "";
      const answer = line.startsWith("{")
        ? (JSON.parse(line) as { output?: unknown; error?: { code: string; message: string } })
        : undefined;
      const code = answer?.error?.code;
      const error = answer?.error === undefined ? undefined : `${code}: ${answer.error.message}`;
      resolve({ output: answer?.output, error: error ?? (failure === null ? undefined : `${err.slice(-500)}`) });
    });
  });
}
