import type { Command } from "commander";
import { applicationTasks, type GlobalFlags, openZoo } from "./application.ts";
import { print } from "./output.ts";
import { flagsTaken, TaskFlags } from "./task-flags.ts";

const shells = ["bash", "zsh", "fish"] as const;
/** Others may be written too: which there are is the engine's to say. */
const usualPrecisions = ["fp32", "fp16", "int8", "uint8", "q4", "q4f16"];

/** Commands whose every plain word is a model. */
const severalModels: ReadonlySet<string> = new Set([
  "load",
  "lock",
  "manifest",
  "unload",
  "pull",
  "rm",
  "verify",
  "export",
]);

export function addCompletionCommand(program: Command): void {
  program
    .command("completion")
    .summary("print completion for your shell")
    .description("Prints a script that completes commands, flags, tasks and models.")
    .argument("<shell>", shells.join(", "))
    .addHelpText(
      "after",
      "\nExamples:\n  source <(zoo completion bash)\n  zoo completion zsh > ~/.zfunc/_zoo\n  zoo completion fish > ~/.config/fish/completions/zoo.fish",
    )
    .action((shell: string, _flags: unknown, self: Command) => {
      const script = scripts[shell as keyof typeof scripts];
      if (script === undefined)
        self.error(`error: there is completion for ${shells.join(", ")}, not for ${shell}`, { exitCode: 2 });
      else print(script);
    });
  // What the scripts ask while a line is being typed.
  program
    .command("__complete", { hidden: true })
    .argument("[words...]")
    .allowUnknownOption()
    .action(async (words: string[]) => print((await candidates(program, words)).join("\n")));
}

/** What may come next. @param words the line so far without `zoo`, its last word perhaps unfinished */
async function candidates(program: Command, words: readonly string[]): Promise<string[]> {
  const current = words.at(-1) ?? "";
  const before = words.at(-2);
  const command = program.commands.find((candidate) => candidate.name() === words[0]);
  if (words.length <= 1 || command === undefined)
    return matching(
      program.commands.filter((candidate) => candidate.name() !== "__complete").map((candidate) => candidate.name()),
      current,
    );
  const part = command.commands.find((candidate) => candidate.name() === words[1]);
  if (command.commands.length > 0 && words.length === 2 && !current.startsWith("-"))
    return matching(
      command.commands.map((candidate) => candidate.name()),
      current,
    );
  if (command.name() === "completion" && words.length === 2 && !current.startsWith("-"))
    return matching(shells, current);
  const isFlag = (word: string | undefined): boolean => word?.startsWith("-") === true;
  if (command.name() === "run" && (isFlag(current) || isFlag(before)))
    new TaskFlags(await applicationTasks(program.opts()), flagsTaken(program, command)).addTo(command);
  if (isFlag(current)) {
    return matching(
      (part ?? command).options.map((option) => option.long ?? ""),
      current,
    );
  }
  const flag = (part ?? command).options.find(({ long, short }) => isFlag(before) && [long, short].includes(before));
  if (flag?.argChoices !== undefined) return matching(flag.argChoices, current);
  if (flag?.long === "--precision") return matching(usualPrecisions, current);
  const wantsTask = before === "--task" || before === "-t" || (words.length === 2 && command.name() === "tasks");
  if (wantsTask) return matching((await applicationTasks(program.opts())).names, current);
  const wantsModel =
    before === "--like" ||
    (command.name() === "plan" && !["--budget", "--trace", "--zoo"].includes(before ?? "")) ||
    severalModels.has(command.name()) ||
    (words.length === 2 && ["run", "show", "explain", "calibrate"].includes(command.name()));
  if (!wantsModel) return [];
  await using zoo = await openZoo(program.opts<GlobalFlags>());
  return matching(
    zoo.models.map((spec) => spec.model_name),
    current,
  );
}

function matching(words: readonly string[], start: string): string[] {
  return words.filter((word) => word !== "" && word.startsWith(start));
}

const scripts = {
  bash: `_zoo() {
  local words
  words=$(zoo __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _zoo zoo`,
  zsh: `#compdef zoo
_zoo() {
  local -a words_found
  words_found=(\${(f)"$(zoo __complete -- \${words[2,CURRENT]} 2>/dev/null)"})
  (( \${#words_found} )) && compadd -a words_found || _files
}
compdef _zoo zoo`,
  fish: `complete -c zoo -a '(zoo __complete -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'`,
} as const;
