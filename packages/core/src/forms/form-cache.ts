import { link, lstat, mkdir, readdir, readFile, rename, rm, unlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { FormFile, FormSubject, PreparedForm } from "../loader/prepared-form.ts";
import { errnoOf, fitsManifest, makeFolder, removeFolder, sealFiles, sealFolder, unsealFolder } from "./form-files.ts";
import { makerIsGone, makerPattern, newMakerName } from "./form-maker.ts";

/** What the host keeps of a form, outside of its folder: nothing but this says that the form exists. */
export interface FormManifest {
  readonly layout: 1;
  readonly key: string;
  /** Name of its folder. */
  readonly folder: string;
  /** ISO 8601. */
  readonly made_at: string;
  readonly about: FormSubject;
  readonly files: Readonly<Record<string, FormFile>>;
}

const manifestSchema: z.ZodType<FormManifest> = z.object({
  layout: z.literal(1),
  key: z.string(),
  folder: z.string(),
  made_at: z.string(),
  about: z.object({
    model: z.string(),
    model_version: z.string(),
    graph: z.string(),
    engine: z.string(),
    engine_version: z.string(),
  }),
  files: z.record(
    z.string().regex(/^[^/\\]+$/),
    z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/), bytes: z.number(), stamp: z.string() }),
  ),
});

const formName = new RegExp(`^([0-9a-f]{64})\\.(${makerPattern})$`);
const draftName = new RegExp(`^(${makerPattern})$`);
const manifestDraftName = new RegExp(`^\\.[0-9a-f]{64}\\.(${makerPattern})$`);

/** Milliseconds after which a form's last use is noted again. */
const noteUseEveryMs = 60_000;

/**
 * The cache folder: `drafts/MAKER/` is where a form is made, `prepared/KEY.MAKER/` where a whole one lies, read-only, and
 * `manifests/KEY.json` what the host vouches for. The manifest comes last, in one step that only one maker can do; whatever
 * lies there without one is a leftover. Throws the system's errors: what they mean for a load is the caller's to say.
 */
export class FormCache {
  readonly dir: string;
  readonly #drafts: string;
  readonly #forms: string;
  readonly #manifests: string;

  constructor(dir: string) {
    this.dir = dir;
    this.#drafts = join(dir, "drafts");
    this.#forms = join(dir, "prepared");
    this.#manifests = join(dir, "manifests");
  }

  /** The form of that key, if its bytes are those that were taken over; what does not fit is removed. */
  async find(key: string): Promise<PreparedForm | undefined> {
    const manifest = await this.#manifest(key);
    if (manifest === undefined) return undefined;
    if (manifest !== "damaged") {
      const dir = join(this.#forms, manifest.folder);
      const files = await fitsManifest(dir, manifest.files);
      if (files !== undefined) {
        // Files that were copied or restored have other stamps: they are hashed once, and not at every load from now on.
        if (Object.entries(files).some(([name, { stamp }]) => manifest.files[name]?.stamp !== stamp))
          await this.#write({ ...manifest, files }, true).catch(() => {});
        else await this.#noteUse(key);
        return { dir, files };
      }
    }
    await this.remove(key, manifest === "damaged" ? undefined : manifest.folder);
    return undefined;
  }

  /** An empty folder for one preparation, and the name of its maker. */
  async newDraft(): Promise<{ folder: string; maker: string }> {
    const maker = newMakerName();
    const folder = join(this.#drafts, maker);
    for (const dir of [this.#drafts, this.#forms, this.#manifests]) await makeFolder(dir);
    await mkdir(folder);
    return { folder, maker };
  }

  /**
   * Takes over what was made in a folder of a draft. If another maker was faster, its form is the one that stays.
   * @returns undefined for an empty folder
   */
  async takeOver(key: string, about: FormSubject, made: string, maker: string): Promise<PreparedForm | undefined> {
    const files = await sealFiles(made);
    if (Object.keys(files).length === 0) return undefined;
    const folder = `${key}.${maker}`;
    const dir = join(this.#forms, folder);
    await rename(made, dir);
    try {
      await sealFolder(dir);
      const manifest: FormManifest = { layout: 1, key, folder, made_at: new Date().toISOString(), about, files };
      if (await this.#write(manifest, false)) return { dir, files };
      const theirs = await this.find(key);
      if (theirs === undefined) {
        await this.#write(manifest, true);
        return { dir, files };
      }
      await removeFolder(dir);
      return theirs;
    } catch (error) {
      await removeFolder(dir).catch(() => {});
      throw error;
    }
  }

  /** Removes a form: whoever is killed meanwhile leaves a draft of its own, or a manifest that nothing fits. */
  async remove(key: string, folder: string | undefined): Promise<void> {
    const draft = join(this.#drafts, newMakerName());
    if (folder !== undefined && formName.test(folder)) {
      await makeFolder(this.#drafts);
      const dir = join(this.#forms, folder);
      await unsealFolder(dir);
      await rename(dir, draft).catch((error: unknown) => {
        if (!isAbsence(error)) throw error;
      });
    }
    await rm(join(this.#manifests, `${key}.json`), { force: true });
    await removeFolder(draft);
  }

  /** Every whole form with the time of its last use. */
  async manifests(): Promise<readonly (FormManifest & { readonly lastUse: Date })[]> {
    const found: (FormManifest & { readonly lastUse: Date })[] = [];
    for (const name of await namesIn(this.#manifests)) {
      const key = name.match(/^([0-9a-f]{64})\.json$/)?.[1];
      const manifest = key === undefined ? undefined : await this.#manifest(key);
      if (key === undefined || manifest === undefined || manifest === "damaged") continue;
      const info = await lstat(join(this.#manifests, name)).catch(() => undefined);
      if (info !== undefined) found.push({ ...manifest, lastUse: info.mtime });
    }
    return found;
  }

  /**
   * What makers that are gone have left behind, at whichever step they were killed.
   * @param all also what has no maker that this version knows, and what living ones are making
   */
  async leftovers(all = false): Promise<readonly string[]> {
    const used = new Set((await this.manifests()).map(({ folder }) => folder));
    const found: string[] = [];
    for (const [dir, pattern] of [
      [this.#drafts, draftName],
      [this.#forms, formName],
      [this.#manifests, manifestDraftName],
    ] as const) {
      for (const name of await namesIn(dir)) {
        if (used.has(name) || (dir === this.#manifests && /^[0-9a-f]{64}\.json$/.test(name))) continue;
        const maker = name.match(pattern)?.at(-1);
        const info = await lstat(join(dir, name)).catch(() => undefined);
        if (info === undefined) continue;
        if (all || (maker !== undefined && makerIsGone(maker, Date.now() - info.mtimeMs))) found.push(join(dir, name));
      }
    }
    return found;
  }

  async #manifest(key: string): Promise<FormManifest | "damaged" | undefined> {
    const path = join(this.#manifests, `${key}.json`);
    const info = await lstat(path).catch((error: unknown) => {
      if (isAbsence(error)) return undefined;
      throw error;
    });
    if (info === undefined) return undefined;
    // To read a pipe would wait for whoever writes to it.
    if (!info.isFile()) return "damaged";
    const text = await readFile(path, "utf8").catch((error: unknown) => {
      if (isAbsence(error)) return undefined;
      throw error;
    });
    if (text === undefined) return undefined;
    try {
      const manifest = manifestSchema.parse(JSON.parse(text));
      return manifest.key === key && formName.exec(manifest.folder)?.[1] === key ? manifest : "damaged";
    } catch {
      return "damaged";
    }
  }

  /** @returns false if there is one already and it is not to be replaced */
  async #write(manifest: FormManifest, replace: boolean): Promise<boolean> {
    const draft = join(this.#manifests, `.${manifest.key}.${newMakerName()}`);
    const file = join(this.#manifests, `${manifest.key}.json`);
    await writeFile(draft, JSON.stringify(manifestSchema.parse(manifest)), { flag: "wx", flush: true });
    try {
      if (replace) {
        await rename(draft, file);
        return true;
      }
      await link(draft, file);
      return true;
    } catch (error) {
      if (errnoOf(error) === "EEXIST") return false;
      // A file system without links: the last maker's stays, and the other's folder is a leftover.
      if (replace || !["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"].includes(errnoOf(error) ?? ""))
        throw error;
      await rename(draft, file);
      return true;
    } finally {
      await unlink(draft).catch(() => {});
    }
  }

  /** The time is for people and for `zoo cache clean`: a cache that cannot be written to is none the worse. */
  async #noteUse(key: string): Promise<void> {
    const file = join(this.#manifests, `${key}.json`);
    const now = new Date();
    const info = await lstat(file).catch(() => undefined);
    if (info !== undefined && now.getTime() - info.mtimeMs > noteUseEveryMs)
      await utimes(file, now, now).catch(() => {});
  }
}

async function namesIn(dir: string): Promise<readonly string[]> {
  return readdir(dir).catch((error: unknown) => {
    if (isAbsence(error)) return [];
    throw error;
  });
}

function isAbsence(error: unknown): boolean {
  return errnoOf(error) === "ENOENT";
}
