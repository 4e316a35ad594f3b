/** One source file as the rules see it. */
export interface SourceFile {
  /** Relative to the repository, with forward slashes. */
  readonly path: string;
  readonly source: string;
  readonly imports: readonly string[];
}

/** A package by folder: what it may import, and what it declares. */
export interface PackageFacts {
  readonly name: string;
  readonly dependencies: readonly string[];
  readonly peerDependencies: readonly string[];
  readonly devDependencies: readonly string[];
}

export type Violation = `${string}: ${string}`;

const kits = [
  ...["@menagerie/onnx", "@menagerie/vision", "@menagerie/vision/loaders"],
  ...["@menagerie/audio", "@menagerie/text", "@menagerie/embedding"],
];
const core = "@menagerie/core";
const loader = "@menagerie/core/loader";
const adopt = "@menagerie/core/adopt";
const host = "@menagerie/core/host";
/** What those see who write loaders, engines and kits. */
const authors = [core, loader, adopt];
const scheduler = "@menagerie/core/scheduler";

/** The arrows: which of our own modules each part may name. Everything else of ours is forbidden. */
const arrows: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^packages\/core\//, []],
  [/^packages\/embedding\//, [...authors, "@menagerie/onnx", "@menagerie/text", "@menagerie/vision"]],
  [/^packages\/vision\/src\/loaders\/index\.ts$/, [...authors, "@menagerie/onnx"]],
  [/^packages\/(onnx|vision|audio|text)\//, authors],
  [/^packages\/triton\//, authors],
  [/^packages\/pull\//, authors],
  [/^packages\/bundle\//, [core, host, "@menagerie/pull"]],
  [/^packages\/testing\//, [...authors, host]],
  [/^packages\/server\//, [core, host, scheduler]],
  [/^packages\/cli\/src\/drawing-kit\.ts$/, [core, "@menagerie/vision"]],
  [
    /^packages\/cli\//,
    [...authors, host, scheduler, "@menagerie/server", "@menagerie/client", "@menagerie/pull", "@menagerie/bundle"],
  ],
  [/^packages\/client\//, [core]],
  [/^packages\/demo\//, []],
  [/^plugins\//, [...authors, ...kits]],
];

/** Libraries that one place alone may name. */
const confined: readonly (readonly [string, RegExp])[] = [
  ["tsyringe", /^packages\/core\/src\/container\/container\.ts$/],
  ["reflect-metadata", /^packages\/core\/src\/container\/container\.ts$/],
  ["onnxruntime-node", /^packages\/onnx\/|^tools\/bench\//],
  ["sharp", /^packages\/vision\/|^tools\/bench\//],
  ["@huggingface/hub", /^packages\/pull\//],
  ["modern-tar", /^packages\/bundle\//],
  // What reaches out; the server listens, and a runner's guard shuts the doors.
  ...["http", "https", "http2", "tls", "dgram", "dns"].map(
    (door) => [`node:${door}`, /^packages\/pull\/|^packages\/core\/src\/runner\/|^tools\/|\.test\.ts$/] as const,
  ),
  ["undici", /^packages\/pull\//],
];

/** Types of a confined library, for whoever is handed its objects. */
const typesOf: readonly (readonly [string, RegExp])[] = [["node:http", /^packages\/server\//]];

/** Kits that a part imports at first use alone, where the user has installed them: `await import`, or for a type. */
const optional: readonly (readonly [string, RegExp])[] = [
  ["@menagerie/vision", /^packages\/cli\/src\/drawing-kit\.ts$/],
];

/** The host's time goes through the Clock service, so that every wait can be called off, tested and simulated. */
const timers = /\b(setTimeout|setInterval|setImmediate|AbortSignal\.timeout|performance\.now)\b/;
const timedPlace = /^packages\/core\/src\/(host|forms|time|zoo)\/(?!clock\.ts$)/;

/** A call of the platform's fetch: the network is reached by clients and by `zoo pull` alone. */
const fetching = /(?:await|return|=>?|\(|,)\s*fetch\(/;
const fetchingPlace = /^(packages\/(client|pull)|tools|docs)\//;

const emptyNames = /(^|\/)(utils?|helpers?|types|common|misc|shared)\.[cm]?ts$/;
const longestFile = 300;

/** What is wrong with a file. Tests and what their fixtures are made with may name any of our packages: they put parts together as an application does. */
export function violations(file: SourceFile, packages: ReadonlyMap<string, PackageFacts>): Violation[] {
  const isTest = /\.test\.ts$|\/fixtures\//.test(file.path);
  const found: string[] = [];
  const folder = file.path.split("/").slice(0, 2).join("/");
  const facts = packages.get(folder);
  for (const name of file.imports) {
    if (name.startsWith(".")) {
      if (leaves(file.path, name, folder)) found.push(`"${name}" is a relative import across packages`);
      continue;
    }
    if (!isTest) found.push(...forbidden(file.path, name, facts));
    const only = confined.find(([library]) => name === library || name.startsWith(`${library}/`));
    if (only !== undefined && !only[1].test(file.path) && !isForTypes(file, name))
      found.push(`${only[0]} is named outside the one place for it`);
    if (facts !== undefined) found.push(...undeclared(name, facts, isTest));
  }
  for (const [name, place] of optional)
    if (place.test(file.path) && new RegExp(`^(import|export) (?!type\\b).*"${name}"`, "m").test(file.source))
      found.push(`${name} is optional here: it is imported at first use`);
  if (emptyNames.test(file.path)) found.push("the file's name says nothing of what is in it");
  const isTimed = !isTest && timedPlace.test(file.path);
  const timer = isTimed ? timers.exec(withoutComments(file.source))?.[1] : undefined;
  if (timer !== undefined || (isTimed && file.imports.some((name) => /^(node:)?timers/.test(name))))
    found.push(`${timer ?? "node:timers"} is used outside of time/clock.ts: the host's time goes through its Clock`);
  if (!isTest && !fetchingPlace.test(file.path) && fetching.test(withoutComments(file.source)))
    found.push("fetch is called outside of the client: everything else reaches no network");
  const lines = file.source.split("\n").length - 1;
  if (!isTest && lines > longestFile) found.push(`the file has ${lines} lines, ${longestFile} are the limit`);
  if (/^\s*@[A-Za-z]+(\(.*\))?\s*$/m.test(withoutComments(file.source))) found.push("decorators are not used");
  return found.map((problem): Violation => `${file.path}: ${problem}`);
}

function isForTypes({ path, source }: SourceFile, name: string): boolean {
  return (
    typesOf.some(([library, place]) => library === name && place.test(path)) &&
    !new RegExp(`^(import|export) (?!type\\b).*"${name}"`, "m").test(source)
  );
}

function forbidden(path: string, name: string, facts: PackageFacts | undefined): string[] {
  if (!name.startsWith("@menagerie/") || facts === undefined) return [];
  if (name === facts.name || name.startsWith(`${facts.name}/`)) return [];
  const allowed = arrows.find(([place]) => place.test(path))?.[1] ?? [];
  return allowed.includes(name)
    ? []
    : [`${name} is no arrow of the architecture (allowed: ${allowed.join(", ") || "none"})`];
}

function undeclared(name: string, facts: PackageFacts, isTest: boolean): string[] {
  if (name.startsWith("node:")) return [];
  const wanted = name
    .split("/")
    .slice(0, name.startsWith("@") ? 2 : 1)
    .join("/");
  // Tests run in this repository alone, whose root provides what they need.
  if (wanted === facts.name || isTest) return [];
  const isOurContract = wanted === core && /\/(plugin-|onnx|vision|audio|text|embedding)/.test(facts.name);
  const declared = isOurContract ? facts.peerDependencies : [...facts.dependencies, ...facts.peerDependencies];
  if (declared.includes(wanted)) return [];
  return [isOurContract ? `${wanted} must be a peer dependency` : `${wanted} is not a dependency of ${facts.name}`];
}

function leaves(path: string, name: string, folder: string): boolean {
  if (!/^(packages|plugins)\//.test(path)) return false;
  const target = new URL(name, `file:///${path}`).pathname.slice(1);
  return !target.startsWith(`${folder}/`);
}

function withoutComments(source: string): string {
  return source.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/`[^`]*`/g, "``");
}
