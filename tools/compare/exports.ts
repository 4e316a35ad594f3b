/**
 * Adopts exports that other people's tools made, asks each model, and compares with what the tool itself answers.
 *
 *     python tools/export/others.py ultralytics FOLDER       and the other tools, each in its own environment
 *     npm run compare:exports -- FOLDER [NAME …]             all of them, or those whose names hold one of these words
 *
 * Prints a table: tool, model, variant, and whether its answers are right, it was refused by name with a remedy, or is WRONG.
 * Exits with 1 where one is WRONG, or was refused without saying what to do.
 */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { differenceOf } from "./exports/difference.ts";
import { type ExportCase, exportCaseSchema } from "./exports/export-case.ts";
import { zooCommand } from "./exports/zoo-command.ts";

interface Verdict {
  readonly verdict: "right" | "refused" | "WRONG";
  readonly said: string;
}

const { positionals } = parseArgs({ allowPositionals: true });
const [folder, ...words] = positionals;
if (folder === undefined) throw new TypeError("name the folder that tools/export/others.py wrote");

const scratch = await mkdtemp(join(tmpdir(), "menagerie-exports-"));
const counts: Record<Verdict["verdict"], number> = { right: 0, refused: 0, WRONG: 0 };
try {
  const entries = await readdir(folder, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  for (const file of files.filter((name) => name.endsWith(".json")).sort()) {
    const name = file.replace(/\.json$/, "");
    if (words.length > 0 && !words.some((word) => name.includes(word))) continue;
    const made = exportCaseSchema.parse(JSON.parse(await readFile(join(folder, file), "utf8")));
    const { verdict, said } = await judge(made, join(folder, name), join(scratch, `${name}.yaml`));
    counts[verdict] += 1;
    process.stdout.write(`| ${made.tool} | ${made.model} | ${made.variant} | ${verdict} | ${said} |\n`);
  }
} finally {
  await rm(scratch, { recursive: true, force: true });
}
const { right, refused, WRONG } = counts;
process.stdout.write(
  `${right + refused + WRONG} exports: ${right} right, ${refused} refused by name, ${WRONG} WRONG\n`,
);
process.exitCode = WRONG > 0 ? 1 : 0;

async function judge({ like, adopt, asked, tolerance }: ExportCase, path: string, spec: string): Promise<Verdict> {
  const adopted = await zooCommand("adopt", path, "--like", like, "--name", "adopted", "-o", spec, ...adopt);
  if (adopted.error !== undefined) return refusal(adopted.error);
  let largest = 0;
  for (const group of together(asked)) {
    const [{ task, flags }] = group;
    const inputs = group.map(({ input }) => input);
    const answered = await zooCommand("run", "adopted", ...inputs, "--spec", spec, "--task", task, ...flags);
    if (answered.error !== undefined) return { verdict: "WRONG", said: `${task}: ${answered.error}` };
    for (const [i, { input, answer }] of group.entries()) {
      const difference = differenceOf(answered.outputs[i], answer);
      if (typeof difference === "string" || !(difference <= tolerance))
        return { verdict: "WRONG", said: `${task} of ${input.split("/").at(-1)}: off by ${difference}` };
      largest = Math.max(largest, difference);
    }
  }
  if (asked.length === 0) return { verdict: "WRONG", said: "adopted, and its tool has no answer to compare with" };
  return { verdict: "right", said: `${asked.length} answers, off by ${largest.toExponential(1)} at most` };
}

type Asked = ExportCase["asked"][number];

/** Questions of one task with the same flags, which one command asks; pictures that are matched are answered together. */
function together(asked: readonly Asked[]): [Asked, ...Asked[]][] {
  const groups: [Asked, ...Asked[]][] = [];
  for (const question of asked) {
    const last = groups.at(-1);
    const isSame =
      question.task !== "match-image" &&
      last?.[0].task === question.task &&
      last[0].flags.join("\0") === question.flags.join("\0");
    if (isSame) last.push(question);
    else groups.push([question]);
  }
  return groups;
}

/** A refusal counts where it says what to do: export otherwise, name a flag, or which family takes it. */
function refusal(message: string): Verdict {
  const says = /\b(export|name|leave|adopt|try|write|get|add|use|pass|run)\b.*|--[a-z]+|It fits/is.test(message);
  const text = message.replaceAll("\n", " ").replaceAll("|", "/");
  return says ? { verdict: "refused", said: text } : { verdict: "WRONG", said: `refused without a remedy: ${text}` };
}
