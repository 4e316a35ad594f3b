import { mkdtemp, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { HeldLock } from "./held-lock.ts";

const times = { beatMs: 20, staleMs: 120 };
const token = `${JSON.stringify({ pid: 1, host: "elsewhere", id: "a" })}\n`;

async function lockOf(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "menagerie-held-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, "file.lock");
  await writeFile(path, text);
  return path;
}

async function touched(path: string, hours: number): Promise<void> {
  const then = new Date(Date.now() + hours * 3_600_000);
  await utimes(path, then, then);
}

async function taken(path: string, waitMs: number): Promise<boolean> {
  try {
    await using _ = await HeldLock.take(path, AbortSignal.timeout(waitMs), () => {}, times);
    return true;
  } catch {
    return false;
  }
}

test.each([-1, 1])("a lock whose holder lives is left to it, though its clock is %s h off", async (hours) => {
  const path = await lockOf(token);
  await touched(path, hours);
  const beat = setInterval(() => void touched(path, hours), times.beatMs);
  onTestFinished(() => clearInterval(beat));
  expect(await taken(path, 400)).toBe(false);
  expect(await readFile(path, "utf8")).toBe(token);
});

test.each([-1, 0, 1])(
  "a lock of a killed holder is taken after its silence, though its clock was %s h off",
  async (hours) => {
    const path = await lockOf(token);
    await touched(path, hours);
    expect(await taken(path, times.staleMs / 2)).toBe(false);
    expect(await taken(path, 2000)).toBe(true);
  },
);

test("a lock that a killed process of this machine left is taken at once", async () => {
  const noProcess = 2 ** 30;
  const path = await lockOf(`${JSON.stringify({ pid: noProcess, host: hostname(), id: "a" })}\n`);
  await touched(path, -1);
  expect(await taken(path, times.staleMs / 2)).toBe(true);
});

test("a lock is handed on at once where its holder ends by itself", async () => {
  const path = await lockOf("");
  await rm(path);
  const held = await HeldLock.take(path, undefined, () => {}, times);
  const next = taken(path, 2000);
  await sleep(2 * times.staleMs);
  held.assertHeld();
  await held[Symbol.asyncDispose]();
  expect(await next).toBe(true);
});
