import { definition, isSchema, type JsonSchema, within } from "./schema-shape.ts";

/** Shapes that a schema may have, each counted wherever it is written. */
const mostShapes = 20_000;
/** Shapes that one value may be held against, where it fits none before the last. */
const mostTries = 10_000;

/**
 * Refuses a schema that takes for ever to read, or to check a value with: choices among choices double with each level, whether they are
 * written out, are one object at several places, or name definitions.
 * @throws Error with where it stands and what to do
 */
export function requireReadable(root: JsonSchema): void {
  const shapes = shapesOf(root, new Map());
  if (shapes > mostShapes)
    throw new Error(
      `it has ${told(shapes)} shapes when it is written out; at most ${mostShapes} are read. Put what repeats under $defs`,
    );
  triesOf(root, "#", { root, known: new Map() });
}

/** What holds itself has no end. */
function shapesOf(schema: unknown, known: Map<unknown, number>): number {
  if (!isSchema(schema)) return 1;
  const found = known.get(schema);
  if (found !== undefined) return found;
  known.set(schema, Number.POSITIVE_INFINITY);
  const shapes = within(schema).reduce((sum, [, inner]) => sum + shapesOf(inner, known), 1);
  known.set(schema, shapes);
  return shapes;
}

interface Tries {
  readonly root: JsonSchema;
  readonly known: Map<unknown, number>;
}

/**
 * How many shapes a value, or the worst value within it, may be held against: those of a choice together, and of what stands side by side
 * the most. A definition that holds itself counts as one there, since the check reads each value with it once.
 */
function triesOf(schema: unknown, path: string, tries: Tries): number {
  if (!isSchema(schema)) return 1;
  const found = tries.known.get(schema);
  if (found !== undefined) return found;
  tries.known.set(schema, 1);
  let joined = typeof schema.$ref === "string" ? triesOf(definition(tries.root, schema.$ref), schema.$ref, tries) : 0;
  let worst = joined > 0 ? 0 : 1;
  for (const [place, inner] of within(schema)) {
    const count = triesOf(inner, `${path}/${place}`, tries);
    if (/^(?:anyOf|oneOf|allOf)\//.test(place)) joined += count;
    else if (!place.startsWith("$defs/")) worst = Math.max(worst, count);
  }
  const count = worst + joined;
  if (count > mostTries)
    throw new Error(
      `${path} holds one value against up to ${told(count)} shapes, choices within choices; at most ${mostTries} are tried. ` +
        "Join fewer, or name each shape once",
    );
  tries.known.set(schema, count);
  return count;
}

function told(count: number): string {
  return Number.isFinite(count) ? String(count) : "endlessly many";
}
