import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** An application outside of this repository whose plugins are those of `plugins/`; gone when it is disposed. */
export class OutsideApplication implements AsyncDisposable {
  readonly dir: string;
  static readonly plugins: readonly string[] = ["classify-text", "embed-audio", "paint-image"];

  private constructor(dir: string) {
    this.dir = dir;
  }

  static async create(): Promise<OutsideApplication> {
    const app = new OutsideApplication(await mkdtemp(join(tmpdir(), "menagerie-outside-")));
    const modules = join(app.dir, "node_modules");
    const dependencies = Object.fromEntries(OutsideApplication.plugins.map((name) => [`outside-${name}`, "*"]));
    await writeFile(join(app.dir, "package.json"), JSON.stringify({ name: "outside", type: "module", dependencies }));
    await mkdir(join(modules, "@menagerie"), { recursive: true });
    await symlink(join(root, "packages/core"), join(modules, "@menagerie/core"));
    for (const name of OutsideApplication.plugins)
      await cp(new URL(`plugins/${name}`, import.meta.url), join(modules, `outside-${name}`), { recursive: true });
    return app;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.dir, { recursive: true, force: true });
  }
}
