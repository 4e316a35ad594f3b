import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ArtifactDeclaration, ModelSpec } from "../contract/model-spec.ts";
import { resolveSpec } from "./resolve-spec.ts";
import {
  type LockedArtifact,
  type LockedModel,
  parseZooLock,
  withLockedModel,
  withLockedPlugin,
  type ZooLock,
} from "./zoo-lock.ts";
import { zooLockText } from "./zoo-lock-text.ts";

const hex = (length: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: length, maxLength: length });
const word = fc.string({ unit: fc.constantFrom(..."abc-_."), minLength: 1, maxLength: 4 });
const text = fc.string({ maxLength: 6 });
const artifact: fc.Arbitrary<LockedArtifact> = fc.record({
  name: word,
  path: word.filter((path) => path !== ".."),
  sha256: hex(64),
  size_bytes: fc.nat(),
});
const artifacts = fc.uniqueArray(artifact, { maxLength: 4, selector: ({ name }) => name });
const model: fc.Arbitrary<LockedModel> = fc.record(
  {
    model: word,
    artifacts,
    licence: text,
    origin: fc.record({ repository: text, revision: hex(40) }, { requiredKeys: ["repository"] }),
  },
  { requiredKeys: ["model", "artifacts"] },
);
const lock: fc.Arbitrary<ZooLock> = fc.record({
  menagerie_lock: fc.constant(1 as const),
  models: fc.uniqueArray(model, { maxLength: 4, selector: (each) => each.model }),
  plugins: fc.uniqueArray(
    fc.record(
      { plugin: word, version: word, digest: hex(64).map((digits) => `sha256:${digits}`) },
      { requiredKeys: ["plugin", "version"] },
    ),
    { maxLength: 3, selector: ({ plugin }) => plugin },
  ),
  memory: fc.uniqueArray(
    fc.record({
      ...{
        model: word,
        weights_digest: text,
        precision: word,
        device: fc.constantFrom("cpu" as const, "cuda:0" as const),
      },
      ...{ weights_bytes: fc.nat(), resident_bytes: fc.nat(), peak_bytes: fc.nat(), machine: text },
      versions: fc.dictionary(word, text, { maxKeys: 3 }),
    }),
    { maxLength: 3, selector: (each) => [each.model, each.device, each.precision].join() },
  ),
});

/** The same, with every list and every object's keys in another order. */
function shuffled(value: unknown, turn: () => number): unknown {
  const mixed = <T>(items: readonly T[]): T[] =>
    items
      .map((item) => [turn(), item] as const)
      .sort(([a], [b]) => a - b)
      .map(([, item]) => item);
  if (Array.isArray(value)) return mixed(value.map((item) => shuffled(item, turn)));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(mixed(Object.entries(value)).map(([key, item]) => [key, shuffled(item, turn)]));
}

describe("a lock", () => {
  test("is read as it was written, and written as it was read", () => {
    fc.assert(
      fc.property(lock, (each) => {
        const written = zooLockText(each);
        const read = parseZooLock(written, "zoo.lock");
        expect(zooLockText(read)).toBe(written);
        for (const one of each.models)
          expect(read.models.find((other) => other.model === one.model)).toEqual({
            ...one,
            artifacts: one.artifacts.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
          });
        expect([...read.plugins].sort(byPlugin)).toEqual([...each.plugins].sort(byPlugin));
        expect(read.memory).toHaveLength(each.memory.length);
      }),
      { numRuns: 60 },
    );
  });

  test("has the same text in whatever order its lists and its keys stand", () => {
    fc.assert(
      fc.property(lock, fc.infiniteStream(fc.nat()), (each, order) => {
        const turn = (): number => order.next().value as number;
        expect(zooLockText(shuffled(each, turn) as ZooLock)).toBe(zooLockText(each));
      }),
      { numRuns: 60 },
    );
  });

  test("changes in the lines of the model that changed, and in no other", () => {
    fc.assert(
      fc.property(lock, model, (each, changed) => {
        const others = (of: ZooLock): string =>
          zooLockText({ ...of, models: of.models.filter((one) => one.model !== changed.model) });
        const after = withLockedModel(each, changed);
        expect(others(after)).toBe(others(each));
        expect(zooLockText(withLockedModel(after, changed))).toBe(zooLockText(after));
        expect(after.models.filter((one) => one.model === changed.model)).toEqual([changed]);
        const plugin = { plugin: changed.model, version: "1" };
        expect(withLockedPlugin(withLockedPlugin(each, plugin), plugin).plugins).toContainEqual(plugin);
      }),
      { numRuns: 60 },
    );
  });

  test("keeps what a newer version wrote into it", () => {
    const newer = {
      menagerie_lock: 1,
      models: [{ model: "m", artifacts: [], signed_by: "x" }],
      seals: [1],
      plugins: [],
    };
    const written = zooLockText(parseZooLock(JSON.stringify(newer), "zoo.lock"));
    expect(JSON.parse(written)).toMatchObject(newer);
  });

  test.each([
    [
      "that a merge left its marks in",
      "<<<<<<< ours\n{}\n=======\n{}\n>>>>>>> theirs\n",
      /a merge left its marks in it.*zoo lock/,
    ],
    [
      "that names a model twice",
      {
        menagerie_lock: 1,
        models: [
          { model: "m", artifacts: [] },
          { model: "m", artifacts: [] },
        ],
      },
      /models: a model stands there twice/,
    ],
    ["of another version", { menagerie_lock: 2 }, /menagerie_lock/],
    [
      "with a path that leaves the folder",
      {
        menagerie_lock: 1,
        models: [{ model: "m", artifacts: [{ name: "a", path: "../a", sha256: "0".repeat(64), size_bytes: 1 }] }],
      },
      /must stay inside/,
    ],
    ["that is a list", [], /is no lock of a zoo/],
  ])("%s is refused", (_what, content, message) => {
    const said = typeof content === "string" ? content : JSON.stringify(content);
    expect(() => parseZooLock(said, "zoo.lock")).toThrow(
      expect.objectContaining({ code: "zoo_spec_invalid", message: expect.stringMatching(message) }),
    );
  });
});

function byPlugin(a: { plugin: string }, b: { plugin: string }): number {
  return a.plugin < b.plugin ? -1 : 1;
}

describe("a spec that is resolved", () => {
  const declaredOf = (all: readonly ArtifactDeclaration[]): ModelSpec =>
    ({ model_name: "m", device_policy: "auto", local_artifacts: all }) as unknown as ModelSpec;
  /** For each artifact of a lock, what a spec may say of it. */
  const said = fc.array(fc.constantFrom("nothing", "the same", "another path", "other bytes", "another size"), {
    minLength: 4,
    maxLength: 4,
  });
  const declare = (
    { name, path, sha256, size_bytes }: LockedArtifact,
    what: string | undefined,
  ): ArtifactDeclaration => ({
    ...{ name, path: what === "another path" ? `${path}x` : path, kind: "file" },
    ...(what === "the same" ? { sha256, size_bytes } : {}),
    ...(what === "other bytes" ? { sha256: sha256.replace(/^./, (digit) => (digit === "0" ? "1" : "0")) } : {}),
    ...(what === "another size" ? { size_bytes: size_bytes + 1 } : {}),
  });

  test("takes from the lock what it leaves open and nothing else, and two different pins are an error that names both", () => {
    fc.assert(
      fc.property(lock, artifacts, said, (others, locked, words) => {
        const declared = declaredOf(locked.map((each, i) => declare(each, words[i])));
        const full = withLockedModel(others, { model: "m", artifacts: locked });
        const differs = locked.findIndex((_, i) => ["other bytes", "another size"].includes(words[i] ?? ""));
        if (differs >= 0) {
          const { sha256, size_bytes } = declared.local_artifacts[differs] ?? {};
          const isBytes = words[differs] === "other bytes";
          const expected = isBytes ? sha256 : size_bytes;
          const figure = isBytes ? locked[differs]?.sha256 : locked[differs]?.size_bytes;
          expect(() => resolveSpec(declared, full)).toThrow(
            expect.objectContaining({
              code: "weights_digest_mismatch",
              details: expect.objectContaining({ expected, locked: figure }),
            }),
          );
          return;
        }
        const resolved = resolveSpec(declared, full);
        for (const [i, each] of resolved.local_artifacts.entries()) {
          if (words[i] === "another path") expect(each).toEqual(declared.local_artifacts[i]);
          else expect(each).toEqual({ ...declared.local_artifacts[i], ...locked[i] });
        }
        expect(resolveSpec(resolved, full)).toEqual(resolved);
        expect(resolveSpec(declared, { ...full, models: full.models.toReversed() })).toEqual(resolved);
      }),
      { numRuns: 80 },
    );
  });

  test("is the very same one where the lock has nothing of it, and has the device that the zoo spec orders", () => {
    fc.assert(
      fc.property(lock, artifacts, (each, locked) => {
        const declared = declaredOf(locked.map((one) => declare(one, "the same")));
        const without = { ...each, models: each.models.filter(({ model: name }) => name !== "m") };
        expect(resolveSpec(declared, without)).toBe(declared);
        expect(resolveSpec(declared, without, { device_policy: "auto" })).toBe(declared);
        expect(resolveSpec(declared, without, { device_policy: "cuda:0" })).toEqual({
          ...declared,
          device_policy: "cuda:0",
        });
      }),
      { numRuns: 30 },
    );
  });
});
