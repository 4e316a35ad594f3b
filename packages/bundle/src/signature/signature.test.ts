import { createPrivateKey } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { certificatesIn } from "./certificate-chain.ts";
import { folderFiles } from "./folder-files.ts";
import { signModel } from "./sign-model.ts";
import { privateKeyIn, publicKeyIn } from "./signing-key.ts";
import { assertSame, assertSignedFiles, compareFolder } from "./verify-files.ts";
import { type Trust, verifySignature } from "./verify-signature.ts";

/** Made by tools/export/bundle/signatures.py with model-signing 1.1.1. */
interface Signatures {
  readonly files: Readonly<Record<string, string>>;
  readonly keys: Readonly<Record<string, { readonly private: string; readonly public: string }>>;
  readonly certificates: Readonly<Record<string, string>>;
  readonly bundles: Readonly<Record<string, SignedBundle>>;
}

interface SignedBundle {
  readonly dsseEnvelope: {
    readonly payload: string;
    readonly payloadType: string;
    readonly signatures: readonly object[];
  };
}

let made: Signatures;

beforeAll(async () => {
  made = JSON.parse(await readFile(new URL("../../fixtures/signatures.json", import.meta.url), "utf8")) as Signatures;
});

const bundle = (name: string): string => JSON.stringify(made.bundles[name]);
const byKey = (name: string): Trust => ({ by: "key", key: publicKeyIn(made.keys[name]?.public ?? "", name) });
const byCertificates = (...names: readonly string[]): Trust => ({
  by: "certificates",
  certificates: names.flatMap((name) => certificatesIn(made.certificates[name] ?? "", name)),
});

async function signedFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "menagerie-signed-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(made.files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return folder;
}

describe("a signature that the reference tool made", () => {
  test.each(["p256", "p384", "p521"])("by a key of %s holds for the files as they were", async (name) => {
    const folder = await signedFolder();
    const manifest = verifySignature(bundle(name), byKey(name));
    expect(manifest.files).toHaveLength(4);
    assertSame(folder, await compareFolder(folder, manifest, { ignorePaths: [] }));
  });

  test("holds with BLAKE2b, and with paths that were left out", async () => {
    const folder = await signedFolder();
    for (const [name, count] of [
      ["blake2b", 4],
      ["without a.b", 3],
    ] as const) {
      const manifest = verifySignature(bundle(name), byKey("p256"));
      expect(manifest.files).toHaveLength(count);
      assertSame(folder, await compareFolder(folder, manifest, { ignorePaths: [] }));
    }
  });

  test.each(["digital", "code"])("by a certificate for %s holds where its root is trusted", (usage) => {
    expect(verifySignature(bundle(`certificate ${usage}`), byCertificates("root")).files).toHaveLength(4);
  });

  test.each([
    ["certificate digital", ["other root"], "no trusted certificate vouches for that of CN=Signer"],
    ["certificate digital", ["between"], "no trusted certificate vouches"],
    ["certificate none", ["root"], "the certificate of CN=Signer is not one for signing"],
    ["certificate of a crook", ["root"], "no trusted certificate vouches for that of CN=Victim"],
    ["p256", ["root"], "it has no chain of certificates"],
  ])("%s does not hold by %j", (name, trusted, why) => {
    expect(() => verifySignature(bundle(name), byCertificates(...trusted))).toThrow(
      expect.objectContaining({ code: "signature_invalid", message: expect.stringContaining(why) }),
    );
  });

  test.each([
    ["blake3", "its digests are blake3, and sha256 and blake2b are computed here"],
    ["shards", "the model was signed by shards, and whole files alone are read here"],
  ])("by %s is refused with what is read here", (name, why) => {
    expect(() => verifySignature(bundle(name), byKey("p256"))).toThrow(why);
  });

  test("by another key does not hold, whether it is named or not", () => {
    expect(() => verifySignature(bundle("p256"), byKey("p384"))).toThrow("another key made it");
    const unnamed = bundle("p256").replace(/"hint":\s*"[0-9a-f]+"/, '"hint":null');
    expect(() => verifySignature(unnamed, byKey("p384"))).toThrow("the key that is trusted did not sign this");
    expect(() => verifySignature(bundle("certificate digital"), byKey("p256"))).toThrow(
      "it was made with a certificate",
    );
  });

  test("does not hold by an identity, whose name a key or a certificate of one's own does not have", () => {
    const identity = { by: "identity", identity: "a@b.c", issuer: "https://accounts.example" } as const;
    const trustedRoot = { mediaType: "", tlogs: [], certificateAuthorities: [], ctlogs: [], timestampAuthorities: [] };
    for (const name of ["p256", "certificate digital"])
      expect(() => verifySignature(bundle(name), { ...identity, trustedRoot })).toThrow(
        expect.objectContaining({ code: "signature_invalid", message: expect.stringContaining("a@b.c") }),
      );
    expect(() => verifySignature(bundle("p256"), { ...identity, trustedRoot: {} })).toThrow("The trusted root is none");
  });

  test("does not hold once any byte of what it signs, or of itself, is another", () => {
    const { dsseEnvelope, ...rest } = made.bundles.p256 as SignedBundle;
    const payload = Buffer.from(dsseEnvelope.payload, "base64");
    for (let at = 0; at < payload.length; at += 7) {
      const other = Buffer.from(payload);
      other[at] = (other[at] as number) ^ 1;
      const changed = JSON.stringify({ ...rest, dsseEnvelope: { ...dsseEnvelope, payload: other.toString("base64") } });
      expect(() => verifySignature(changed, byKey("p256"))).toThrow("did not sign this");
    }
    const swapped = { ...dsseEnvelope, signatures: made.bundles.blake2b?.dsseEnvelope.signatures };
    expect(() => verifySignature(JSON.stringify({ ...rest, dsseEnvelope: swapped }), byKey("p256"))).toThrow(
      "did not sign",
    );
  });

  test.each([
    ["{", "the file is no JSON"],
    ["{}", "the file is no Sigstore bundle of a signed statement: mediaType"],
    ["null", "the file is no Sigstore bundle"],
  ])("that is %s is refused in words", (text, why) => {
    expect(() => verifySignature(text, byKey("p256"))).toThrow(why);
  });
});

describe("files that were signed", () => {
  test("are told by name where one is changed, missing or new", async () => {
    const folder = await signedFolder();
    const manifest = verifySignature(bundle("p256"), byKey("p256"));
    await writeFile(join(folder, "config.json"), "{}  ");
    await rm(join(folder, "onnx/model.onnx"));
    await writeFile(join(folder, "new.bin"), "");
    const difference = await compareFolder(folder, manifest, { ignorePaths: [] });
    expect(difference).toEqual({ changed: ["config.json"], missing: ["onnx/model.onnx"], unsigned: ["new.bin"] });
    expect(() => assertSame(folder, difference)).toThrow(
      "config.json is changed since; onnx/model.onnx is missing; new.bin is not signed",
    );
  });

  test("may be some of all, and then each of these is one that was signed", async () => {
    const folder = await signedFolder();
    const manifest = verifySignature(bundle("p256"), byKey("p256"));
    await rm(join(folder, "config.json"));
    await assertSignedFiles(folder, ["onnx/model.onnx"], manifest);
    await expect(assertSignedFiles(folder, ["config.json"], manifest)).rejects.toThrow("config.json is missing");
    await expect(assertSignedFiles(folder, ["other"], manifest)).rejects.toThrow("other is not signed");
  });

  test("do not include links, unless that was said", async () => {
    const folder = await signedFolder();
    await symlink("config.json", join(folder, "link"));
    const options = { hashType: "sha256", ignorePaths: [] } as const;
    await expect(folderFiles(folder, { ...options, allowSymlinks: false })).rejects.toThrow(/link is a link/);
    expect(await folderFiles(folder, { ...options, allowSymlinks: true })).toHaveLength(5);
  });
});

describe("a signature that is made here", () => {
  test.each(["p256", "p384", "p521"])("with a key of %s holds here", async (name) => {
    const folder = await signedFolder();
    const files = await folderFiles(folder, { hashType: "sha256", allowSymlinks: false, ignorePaths: [] });
    const signed = { name: "model", files, hashType: "sha256", allowSymlinks: false, ignorePaths: [] } as const;
    const text = signModel(signed, createPrivateKey(made.keys[name]?.private ?? ""));
    expect(verifySignature(text, byKey(name)).files.map((file) => file.name)).toEqual(Object.keys(made.files).sort());
    // The same files in the same order, and so the same digest of all, as the reference tool has.
    const payload = (bundleText: string): unknown =>
      JSON.parse(Buffer.from((JSON.parse(bundleText) as SignedBundle).dsseEnvelope.payload, "base64").toString());
    const subject = expect.objectContaining({ subject: [{ name: "model", digest: expect.anything() }] });
    expect(payload(text)).toEqual(subject);
    expect(verifySignature(text, byKey(name)).files).toEqual(
      expect.arrayContaining([...verifySignature(bundle("p256"), byKey("p256")).files]),
    );
  });

  test("names what is wrong with a key", () => {
    expect(() => privateKeyIn("nothing", undefined, "a.key")).toThrow(/a\.key is no private key.*openssl ecparam/);
    expect(() => publicKeyIn(made.keys.p256?.private ?? "", "a.key")).toThrow("a.key is a private key");
    expect(() => publicKeyIn("nothing", "a.pub")).toThrow("a.pub is no public key");
  });
});
