import { CommanderError } from "commander";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { isLocal, listeningError, listeningHost } from "./listening-address.ts";
import { parseNumber } from "./number-flag.ts";
import { createProgram } from "./program.ts";
import { PatientApplication } from "./zoo-process.ts";

// Each of these starts processes, which take their time on a machine that does other things as well.
vi.setConfig({ testTimeout: 90_000 });

/** What the parser says to these words; nothing is run, since each of them is wrong. */
async function refusal(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  try {
    const program = await createProgram();
    for (const command of [program, ...program.commands]) command.configureOutput({ writeErr: () => {} });
    await program.parseAsync([...args], { from: "user" });
    return "taken";
  } catch (error) {
    if (error instanceof CommanderError) return error.message;
    throw error;
  } finally {
    vi.unstubAllEnvs();
  }
}

describe("a number that a flag cannot take is wrong usage, told with flag, value and range:", () => {
  const port = "It must be a whole number from 0 to 65535.";
  const body = "It must be a whole number from 1 to 4096.";
  const deadline = "It must be a number from 0.001 to 9007199254740992.";
  test.each([
    ...["abc", "99999", "65536", "-1", "1.5", "", " ", "0x50", "1e3", "80 "].map(
      (text) => ["--port", text, port] as const,
    ),
    ...["x", "0", "-1", "1e99", "Infinity", "5000", ""].map((text) => ["--max-body-mb", text, body] as const),
    ["--drain-s", "soon", "It must be a whole number from 0 to 86400."] as const,
    ["--shutdown-delay-s", "-5", "It must be a whole number from 0 to 3600."] as const,
  ])("zoo serve %s=%j", async (flag, text, range) => {
    const message = await refusal(["serve", `${flag}=${text}`]);
    expect(message).toContain(flag);
    expect(message).toContain(`'${text}' is invalid. ${range}`);
  });

  test.each([
    ["ZOO_PORT", "abc", port],
    ["ZOO_PORT", "", port],
    ["ZOO_MAX_BODY_MB", "1e99", body],
    ["ZOO_HOST", "", "It is empty."],
  ])("%s=%j", async (name, text, range) => {
    expect(await refusal(["serve"], { [name]: text })).toContain(
      `value '${text}' from env '${name}' is invalid. ${range}`,
    );
  });

  test.each(["abc", "0", "-1", "Infinity", "NaN", "1e400", "0x10", ""])("zoo run --deadline-ms=%j", async (text) => {
    expect(await refusal(["run", "m", "x.png", `--deadline-ms=${text}`])).toContain(
      `'${text}' is invalid. ${deadline}`,
    );
  });

  test.each([
    ["--top-k", "2.5", "It must be a whole number."],
    ["--top-k", "Infinity", "It must be a whole number."],
    ["--threshold", "0x1", "It must be a number."],
  ])("zoo run %s=%j", async (flag, text, range) => {
    expect(await refusal(["run", "m", "x.png", `${flag}=${text}`])).toContain(range);
  });

  test("and the rest is taken", () => {
    expect([
      parseNumber("0.25"),
      parseNumber("-1e-3"),
      parseNumber(".5"),
      parseNumber("65535", { isWhole: true }),
    ]).toEqual([0.25, -0.001, 0.5, 65_535]);
  });
});

test.each(["nowhere", "ftp://host", "", "127.0.0.1:8000"])("an address %j of a zoo is wrong usage", async (url) => {
  expect(await refusal(["ps", `--url=${url}`])).toContain("It must be an address like http://127.0.0.1:8000.");
});

describe("an address", () => {
  test.each([
    "127.0.0.1",
    "127.8.9.10",
    "::1",
    "[::1]",
    "0:0:0:0:0:0:0:1",
    "::ffff:127.0.0.1",
    "localhost",
    "localhost.",
    "LOCALHOST",
  ])("%s is this machine's own", (host) => expect(isLocal(listeningHost(host))).toBe(true));

  test.each([
    "0.0.0.0",
    "::",
    "[::]",
    "::ffff:0.0.0.0",
    "127.0.0.1.evil.com",
    "127.evil.com",
    "127.1",
    "2130706433",
    "localhost.evil.com",
    "::ffff:10.0.0.1",
    "10.0.0.1",
    "example.com",
  ])("%s may be reached by others", (host) => expect(isLocal(listeningHost(host))).toBe(false));

  test.each([
    ["EADDRINUSE", 8000, "Port 8000 of host is in use already."],
    ["EADDRINUSE", 65_535, "zoo serve --port 8000"],
    ["EACCES", 80, "Ports below 1024 need more rights: take another, for example --port 8080."],
    ["EADDRNOTAVAIL", 8000, "this machine has no such address (EADDRNOTAVAIL). Give --host an address of this machine"],
    ["ENOTFOUND", 8000, "no such host is known (ENOTFOUND)"],
    ["EAI_AGAIN", 8000, "the name server does not answer (EAI_AGAIN)"],
  ])("that fails with %s on port %i says what to do", (code, port, said) => {
    const error = listeningError(Object.assign(new Error(code), { code }), "host", port);
    expect([error.code, error.message]).toEqual(["system_error", expect.stringContaining(said)]);
  });
});

describe("zoo serve", () => {
  let app: PatientApplication;
  beforeAll(async () => {
    app = await PatientApplication.create();
  });
  afterAll(() => app[Symbol.asyncDispose]());

  test.each<[string, string[], Record<string, string>, number, RegExp]>([
    [
      "an empty --token for the network",
      ["--host", "0.0.0.0", "--token", ""],
      {},
      1,
      /^error unauthorised: .*set but empty/,
    ],
    [
      "an empty ZOO_TOKEN for the network",
      ["--host", "0.0.0.0"],
      { ZOO_TOKEN: "" },
      1,
      /^error unauthorised: .*set but empty/,
    ],
    ["a blank token", ["--host", "::", "--token", " "], {}, 1, /^error unauthorised: .*set but empty/],
    ["an empty token on this machine", [], { ZOO_TOKEN: "" }, 1, /^error unauthorised: .*set but empty/],
    ["a token with a line break", ["--token", "secret\n"], {}, 1, /^error unauthorised: .*no header can carry/],
    [
      "a name that begins like an address",
      ["--host", "127.0.0.1.evil.com"],
      {},
      1,
      /^error unauthorised: .*open the zoo/,
    ],
    ["all addresses without a token", ["--host", "::"], {}, 1, /^error unauthorised: .*open the zoo/],
    ["an empty host", ["--host", ""], {}, 2, /It is empty/],
    [
      "an unknown host",
      ["--host", "no.such.host.invalid", "--token", "x"],
      {},
      1,
      /^error system_error: Nothing can listen on port \d+ of no\.such\.host\.invalid/,
    ],
    [
      "an address of another machine",
      ["--host", "203.0.113.7", "--token", "x"],
      {},
      1,
      /^error system_error: .*EADDRNOTAVAIL/,
    ],
  ])("refuses %s without a stack", async (_what, args, env, code, said) => {
    const zoo = app.zoo(["serve", "--port", "0", ...args], env);
    expect((await zoo.ended).code).toBe(code);
    expect(zoo.err).toMatch(said);
    expect([zoo.out, zoo.err]).toEqual(["", expect.not.stringMatching(/\bat .*\.[tj]s:\d+/)]);
  });

  test("that cannot keep what it is to keep says so at the start, with the numbers", async () => {
    const models = [
      { model: "quick", cache_policy: "keep_warm", priority: "high" },
      { model: "slow_role", cache_policy: "keep_warm" },
    ];
    await app.write("short.yaml", JSON.stringify({ memory_mb: { cpu: 15 }, models }));
    const zoo = app.zoo(["serve", "short.yaml", "--port", "0"]);
    await vi.waitFor(() => expect(zoo.out).toContain("Interrupt (Ctrl-C) to stop."), { timeout: 45_000 });
    expect(zoo.out).toMatch(/is degraded on http/);
    expect(zoo.out).toMatch(
      /problem insufficient_memory: slow is to be kept, but does not fit: it needs 10 MB on cpu, whose budget is 15 MB, of which \d+ MB are kept/,
    );
    zoo.child.kill("SIGINT");
    expect((await zoo.ended).code).toBe(0);
    models[1] = { model: "slow", cache_policy: "keep_warm", required: true } as never;
    await app.write("short.yaml", JSON.stringify({ memory_mb: { cpu: 5 }, models }));
    const refused = app.zoo(["serve", "short.yaml", "--port", "0"]);
    expect((await refused.ended).code).toBe(1);
    expect(refused.err).toMatch(/error insufficient_memory: slow /);
  });
});
