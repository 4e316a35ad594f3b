import { BlockList, isIP } from "node:net";
import { ModelError, systemError } from "@menagerie/core";
import { InvalidArgumentError } from "commander";

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/** The address of `--host`, as the system takes it. @throws InvalidArgumentError for an empty one, which would mean every address */
export function listeningHost(text: string): string {
  const host = text.trim().replace(/^\[(.*)\]$/, "$1");
  if (host === "") throw new InvalidArgumentError("It is empty. Name an address: 127.0.0.1, or 0.0.0.0 for all.");
  return /^localhost\.?$/i.test(host) ? "localhost" : host;
}

/**
 * True for an address that only this machine reaches. A name counts as none, however it begins: who answers for
 * `127.0.0.1.example.com` is another's choice.
 */
export function isLoopback(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && loopback.check(address, family === 6 ? "ipv6" : "ipv4");
}

/** True where no token is needed: nobody else can connect. */
export function isLocal(host: string): boolean {
  return host === "localhost" || isLoopback(host);
}

/** Why nothing can listen there, with what to do. */
export function listeningError(cause: unknown, host: string, port: number): ModelError {
  const { code } = cause as NodeJS.ErrnoException;
  const details = { host, port, errno: code };
  if (code === "EADDRINUSE") {
    const other = port < 65_535 ? port + 1 : 8000;
    return new ModelError(
      "system_error",
      `Port ${port} of ${host} is in use already. Stop what listens there, or take another: zoo serve --port ${other}`,
      { details, cause },
    );
  }
  const remedy =
    code === "EACCES" && port < 1024
      ? { remedy: `Ports below 1024 need more rights: take another, for example --port ${port + 8000}.` }
      : code === "ENOTFOUND" || code === "EADDRNOTAVAIL"
        ? { remedy: "Give --host an address of this machine: 127.0.0.1, or 0.0.0.0 for all." }
        : {};
  return systemError(`Nothing can listen on port ${port} of ${host}`, cause, { details, ...remedy });
}
