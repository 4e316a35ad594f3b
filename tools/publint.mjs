/** Lints every package as it would be published; exits with 1 if one has an error or a warning. */
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { publint } from "publint";
import { formatMessage } from "publint/utils";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
for (const group of ["packages", "plugins"]) {
  for (const name of readdirSync(join(root, group))) {
    const { messages, pkg } = await publint({ pkgDir: join(root, group, name), level: "warning", pack: "npm" });
    for (const message of messages) {
      process.stdout.write(`${pkg.name}: ${formatMessage(message, pkg)}\n`);
      process.exitCode = 1;
    }
  }
}
