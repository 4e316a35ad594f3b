import { ModelError } from "@menagerie/core";

type Path = readonly (string | number)[];

/** Where in a field a part of a form belongs: `visit.frames[0].photo` in `visit`; undefined for what names no place. */
export function placeOf(name: string): { readonly field: string; readonly path: Path } | undefined {
  const [whole, field, rest] = /^([^.[\]]+)((?:\.[^.[\]]+|\[\d+\])+)$/.exec(name) ?? [];
  if (whole === undefined || field === undefined || rest === undefined) return undefined;
  const path = [...rest.matchAll(/\.([^.[\]]+)|\[(\d+)\]/g)].map(([, key, index]) => key ?? Number(index));
  return { field, path };
}

/**
 * Puts a part of the form into its place in a value that nobody else holds. What the place stands in is made where it is not there yet.
 * @param name of the part, for messages
 * @returns the value, or what is made in its stead
 * @throws `input_invalid` where the value has something there already, or cannot have anything there
 */
export function place(holder: unknown, path: Path, value: unknown, name: string): unknown {
  const [key, ...rest] = path;
  const refused = (problem: string): ModelError =>
    new ModelError("input_invalid", `The form has "${name}", but ${problem}.`, { details: { field: name } });
  if (key === undefined) {
    if (holder === undefined) return value;
    throw refused("its other parts have a value there already. Send it once");
  }
  if (typeof key === "number") {
    const list = holder ?? [];
    if (!Array.isArray(list)) throw refused(`what [${key}] is of is no list`);
    if (key > list.length)
      throw refused(`the list before [${key}] has ${list.length} items. Send the items in order, from [0]`);
    list[key] = place(list[key], rest, value, name);
    return list;
  }
  // As in JSON: it would be no key of the value, but change its kind.
  if (key === "__proto__") throw refused(`nothing can be called "${key}"`);
  const record = holder ?? {};
  if (typeof record !== "object" || Array.isArray(record) || ArrayBuffer.isView(record))
    throw refused(`what .${key} is of is no object`);
  const keyed = record as Record<string, unknown>;
  keyed[key] = place(Object.hasOwn(keyed, key) ? keyed[key] : undefined, rest, value, name);
  return keyed;
}
