/** @param found what is shown where it does not hold */
export function check(what, holds, found) {
  if (!holds) throw new Error(`Does not hold: ${what}: ${JSON.stringify(found)}`);
  process.stdout.write(`  ${what}\n`);
}

export async function refused(what, words, asked) {
  const error = await asked.then(
    () => new Error("it was answered"),
    (thrown) => thrown,
  );
  check(`${what} is refused by name`, words.test(error.message), error.message);
}
