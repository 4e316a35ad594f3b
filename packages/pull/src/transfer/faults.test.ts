import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { BoxedPull, specOf, weights } from "../hub-in-a-box/boxed-pull.ts";
import type { Fault } from "../hub-in-a-box/index.ts";
import type { RemoteFile } from "../index.ts";

const size = 100_003;
const graph = weights(size);
const files = { "onnx/model.onnx": graph, "config.json": new TextEncoder().encode('{"a":1}') };
const place = "small/onnx/model.onnx";

async function whole(box: BoxedPull): Promise<boolean> {
  return graph.length === size && Buffer.compare(await readFile(join(box.root, place)), graph) === 0;
}

/** What is under the root besides whole files in the store. */
async function leftovers(box: BoxedPull): Promise<string[]> {
  const all = await box.files();
  for (const file of all.filter((one) => one.startsWith(".store/sha256/"))) {
    const bytes = await readFile(join(box.root, file));
    expect(file.endsWith(createHash("sha256").update(bytes).digest("hex"))).toBe(true);
  }
  return all.filter((file) => !file.startsWith(".store/sha256/"));
}

describe("a pull goes on", () => {
  test("after each break of a connection that gives a tenth at a time, and fetches no byte twice", async () => {
    await using box = await BoxedPull.of({ files });
    box.hub.faults.add({ kind: "break", afterShare: 0.1 });
    await box.pull({ connections: 2 });
    expect(await whole(box)).toBe(true);
    expect(box.hub.sentBytes).toBe(size);
    expect(await leftovers(box)).toEqual([place]);
  });

  test("after it was called off, with the rest alone", async () => {
    await using box = await BoxedPull.of({ files });
    const stop = new AbortController();
    box.hub.faults.add({ kind: "throttle", bytesPerSecond: 400_000 });
    let kept = 0;
    const onProgress = ({ receivedBytes }: { receivedBytes: number }): void => {
      kept = receivedBytes;
      if (receivedBytes > size / 3) stop.abort();
    };
    await expect(box.pull({ signal: stop.signal, onProgress, connections: 1 })).rejects.toMatchObject({
      name: "AbortError",
    });
    expect(await leftovers(box)).toHaveLength(2);
    box.hub.faults.clear();
    const before = box.hub.requests.length;
    await box.pull({ connections: 1 });
    expect(await whole(box)).toBe(true);
    const asked = box.hub.requests.slice(before).filter(({ isContent }) => isContent);
    expect(asked.reduce((sum, { sentBytes }) => sum + sentBytes, 0)).toBe(size - kept);
  });

  test("where the source fails for a while, and where it asks to wait", async () => {
    await using box = await BoxedPull.of({ files });
    box.hub.faults.add(
      { kind: "status", status: 503, times: 2 },
      { kind: "status", status: 500, times: 2, of: "/api/models" },
      { kind: "status", status: 429, times: 1, headers: { "retry-after": "0" } },
    );
    await box.pull();
    expect(await whole(box)).toBe(true);
  });

  test("where a source knows no ranges", async () => {
    await using box = await BoxedPull.of({ files });
    box.hub.faults.add({ kind: "no-ranges" }, { kind: "break", afterBytes: 30_000, times: 2 });
    await box.pull({ connections: 1 });
    expect(await whole(box)).toBe(true);
    expect(await leftovers(box)).toEqual([place]);
  });

  test("where an address that was signed for a while has run out, which is asked for anew", async () => {
    await using box = await BoxedPull.of({ files });
    box.hub.faults.add({ kind: "break", afterShare: 0.1, times: 1 });
    const onProgress = ({ state }: { state: string }): void => {
      if (state === "fetching" && box.hub.sentBytes > 0 && !hasRunOut) {
        hasRunOut = true;
        box.hub.faults.add({ kind: "status", status: 403, times: 1, of: /^\/repos/ });
      }
    };
    let hasRunOut = false;
    await box.pull({ connections: 1, onProgress });
    expect(await whole(box)).toBe(true);
    expect(box.hub.requests.filter(({ path }) => path.includes("/resolve/")).length).toBeGreaterThan(1);
    expect(box.hub.sentBytes).toBe(size);
  });

  test("slowly, where a source is slow", async () => {
    await using box = await BoxedPull.of({ files });
    box.hub.faults.add({ kind: "throttle", bytesPerSecond: 1_000_000 });
    await box.pull({ idleMs: 1000 });
    expect(await whole(box)).toBe(true);
  });
});

const large: Fault = { kind: "longer", by: 1 };

describe("a pull is refused, and nothing partial is taken for whole,", () => {
  const refusals: [string, Fault[], string, RegExp][] = [
    [
      "where a byte is another",
      [{ kind: "flip", at: 70_000 }],
      "weights_digest_mismatch",
      /arrived with other bytes .* sha256/,
    ],
    [
      "where a file is longer than was declared",
      [large],
      "source_changed",
      /has 100004 bytes, and 100003 were declared/,
    ],
    [
      "where an ETag changes midway",
      [
        { kind: "break", afterBytes: 10_000, times: 1 },
        { kind: "etag", etag: '"first"', times: 1, of: /^\/repos/ },
      ],
      "source_changed",
      /its ETag was "first", and is/,
    ],
    ["with 401", [{ kind: "status", status: 401 }], "unauthorised", /wants to know who asks \(401\).*HF_TOKEN/],
    [
      "with 403 of a gate",
      [{ kind: "status", status: 403, headers: { "x-error-code": "GatedRepo" } }],
      "source_forbidden",
      /is gated.*Accept them/,
    ],
    ["with 403", [{ kind: "status", status: 403 }], "source_forbidden", /does not give it to everybody \(403\)/],
    ["with 404", [{ kind: "status", status: 404 }], "source_not_found", /is not there \(404/],
    [
      "with 429 for longer than is waited",
      [{ kind: "status", status: 429, headers: { "retry-after": "3600" } }],
      "source_busy",
      /takes no more requests.*in 3600 s.*HF_TOKEN/,
    ],
    [
      "with 429 and the end of the hub's window",
      [{ kind: "status", status: 429, headers: { ratelimit: '"resolvers";r=0;t=212' } }],
      "source_busy",
      /Ask again in 212 s/,
    ],
    [
      "where it ends before a range",
      [{ kind: "status", status: 416, headers: { "content-range": "bytes */50000" } }],
      "source_changed",
      /bytes 0 to 19999 of 100003 that were declared are not in it \(416\): it has 50000\./,
    ],
    [
      "where its content network alone ends before a range",
      [{ kind: "status", status: 416, of: /^\/repos/ }],
      "source_changed",
      /that were declared are not in it \(416\)\./,
    ],
    [
      "with 500 again and again",
      [{ kind: "status", status: 500 }],
      "source_unreachable",
      /failed with 500.*Ask again later/,
    ],
    ["where nothing is answered", [{ kind: "silent" }], "source_unreachable", /was silent for 30 ms/],
    [
      "where a connection always ends before a byte",
      [{ kind: "break", afterBytes: 0 }],
      "source_unreachable",
      /ended after 0 of|socket hang up|ECONNRESET|aborted/,
    ],
    [
      "where it redirects to another scheme",
      [{ kind: "redirect", to: "file:///etc/passwd" }],
      "redirect_refused",
      /file: is no address of the web/,
    ],
    [
      "where it redirects in a circle",
      [{ kind: "redirect", to: "/acme/model/resolve/main/onnx/model.onnx" }],
      "redirect_refused",
      /leads in a circle/,
    ],
  ];

  test.each(refusals)("%s", async (_where, faults, code, message) => {
    await using box = await BoxedPull.of({ files });
    box.hub.faults.add(...faults);
    const refused = await box.pull({ idleMs: 30, connections: 1 }).catch((error: Error) => error);
    expect(refused).toMatchObject({ code, message: expect.stringMatching(message) });
    const left = await leftovers(box);
    expect(left.filter((file) => !file.startsWith(".store/incoming/"))).toEqual([]);
    expect((await box.files()).filter((file) => file.startsWith(".store/sha256"))).toEqual([]);
    // What is not the file that was declared is of no use to a later pull.
    if (["weights_digest_mismatch", "source_changed"].includes(code)) expect(left).toEqual([]);
    box.hub.faults.clear();
    await box.pull();
    expect(await whole(box)).toBe(true);
  });

  test("where a public host leads into a private network", async () => {
    await using box = await BoxedPull.of({ files }, { contentHost: "127.0.0.2" });
    const isPrivate = (address: string): boolean => address === "127.0.0.2";
    await expect(box.pull({ isPrivate })).rejects.toMatchObject({
      code: "redirect_refused",
      message: expect.stringMatching(/127\.0\.0\.2 is in a private network/),
    });
    expect(await leftovers(box)).toEqual([]);
    // A hub that is inside itself may lead there.
    await box.pull();
    expect(await whole(box)).toBe(true);
  });

  test("where a public host leads there by a name", async () => {
    await using box = await BoxedPull.of({ files });
    box.hub.faults.add({ kind: "redirect", to: "http://inside.example:1/model" });
    const isPrivate = (address: string): boolean => address === "10.0.0.7";
    const lookup = ((_name: string, _options: unknown, done: (e: null, a: string, f: number) => void) =>
      done(null, "10.0.0.7", 4)) as never;
    await expect(box.pull({ isPrivate, lookup })).rejects.toMatchObject({ code: "redirect_refused" });
  });

  test("where its first answer had the right bytes, and the one that was kept has others", async () => {
    const big = new Uint8Array(8_400_000).fill(7);
    await using box = await BoxedPull.of({ files: { "onnx/model.onnx": big } });
    box.hub.faults.add({ kind: "no-ranges" }, { kind: "throttle", bytesPerSecond: 40_000_000 });
    const pulled = box.pull({
      ...{ pieceBytes: 4_200_000, connections: 1 },
      onProgress: ({ receivedBytes }) => {
        if (receivedBytes >= 4_200_000 && !isFlipped) box.hub.faults.add({ kind: "flip", at: 10 });
        isFlipped ||= receivedBytes >= 4_200_000;
      },
    });
    let isFlipped = false;
    await expect(pulled).rejects.toMatchObject({ code: "weights_digest_mismatch" });
    expect(await leftovers(box)).toEqual([]);
  });

  test("where the pinned digest is another than the source's, before a byte of it comes", async () => {
    await using box = await BoxedPull.of({ files });
    const spec = specOf({ local_artifacts: [{ name: "model", path: place, sha256: "ab".repeat(32) }] });
    await expect(box.pull({ spec })).rejects.toMatchObject({ code: "weights_digest_mismatch" });
    expect(box.hub.sentBytes).toBe(0);
  });

  test("where other bytes lie in its place, which stay", async () => {
    await using box = await BoxedPull.of({ files });
    await box.pull();
    const spec = specOf({
      local_artifacts: [{ name: "model", path: place }],
      origin: { repository: "acme/model", revision: "main", files: { model: "config.json" } },
    });
    await expect(box.pull({ spec })).rejects.toMatchObject({ code: "weights_digest_mismatch" });
    expect(await whole(box)).toBe(true);
    await box.pull({ spec, isReplaced: true });
    expect(await readFile(join(box.root, place), "utf8")).toBe('{"a":1}');
  });
});

test("a source that gives a right range and then all of it with other bytes is found out", async () => {
  await using box = await BoxedPull.of({ files });
  const right = weights(9 << 20);
  const wrong = Uint8Array.from(right).fill(7, 0, 1000);
  const hex = createHash("sha256").update(right).digest("hex");
  const remote: RemoteFile = {
    path: "model.onnx",
    sizeBytes: right.length,
    digest: { algorithm: "sha256", hex },
    identity: hex,
    async read(start, end) {
      const cancel = (): void => {};
      if (start === 0 && end < right.length) return { start, body: Readable.from([right.subarray(0, end)]), cancel };
      // Long enough for what came to be hashed.
      await sleep(start > 0 ? 100 : 0);
      return { start: 0, body: Readable.from([wrong]), cancel };
    },
  };
  const options = { what: "it", hasToken: false, connections: 1, pieceBytes: 5 << 20 };
  await expect(box.store.bring(remote, options)).rejects.toMatchObject({ code: "weights_digest_mismatch" });
  expect(await leftovers(box)).toEqual([]);
});

describe("several pulls of one file at once", () => {
  test("fetch it once", async () => {
    await using box = await BoxedPull.of({ files });
    box.hub.faults.add({ kind: "throttle", bytesPerSecond: 2_000_000 });
    const states = new Set<string>();
    const onProgress = ({ state }: { state: string }): unknown => states.add(state);
    await Promise.all(Array.from({ length: 4 }, () => box.pull({ onProgress })));
    expect(await whole(box)).toBe(true);
    expect(box.hub.sentBytes).toBe(size);
    expect(states).toContain("waiting");
    expect(await leftovers(box)).toEqual([place]);
  });
});
