/** Builds the package in the working folder: JavaScript by tsup, declarations by tsc. */
import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const project = join(process.cwd(), "tsconfig.declarations.json");

step(process.execPath, [
  join(root, "node_modules/tsup/dist/cli-default.js"),
  "--config",
  join(root, "tsup.config.ts"),
  "--silent",
]);
writeFileSync(
  project,
  JSON.stringify({
    extends: join(root, "tsconfig.base.json"),
    compilerOptions: { emitDeclarationOnly: true, noCheck: true, rootDir: "src", outDir: "dist" },
    include: ["src"],
    exclude: ["src/**/*.test.ts"],
  }),
);
try {
  step(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", project]);
} finally {
  rmSync(project);
}

function step(command, args) {
  const { status } = spawnSync(command, args, { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
