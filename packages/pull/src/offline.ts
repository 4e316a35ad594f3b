import { ModelError } from "@menagerie/core";

const switches = ["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"] as const;

/** The variable that says that this machine is to stay offline; undefined where none does. */
export function offlineSwitch(env: NodeJS.ProcessEnv): string | undefined {
  return switches.find((name) => /^(1|true|yes|on)$/i.test(env[name]?.trim() ?? ""));
}

/** @throws `network_forbidden` */
export function requireOnline(env: NodeJS.ProcessEnv, address: string): void {
  const name = offlineSwitch(env);
  if (name === undefined) return;
  throw new ModelError(
    "network_forbidden",
    `${address} is not fetched: ${name} is ${env[name]}, so this machine stays offline. Unset it for this command, or pull from a file: address.`,
    { details: { variable: name } },
  );
}
