/** A word as a shell reads it back whole: quoted where it has a space, or anything else that a shell would act on. */
export function shellWord(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** A command to copy, each of its words quoted where it needs it. */
export function shellCommand(...words: readonly string[]): string {
  return words.map(shellWord).join(" ");
}
