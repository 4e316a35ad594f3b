/**
 * What the guards decide with, as it was before a plugin could change it. A guard reads no method off a value at run time,
 * spreads no list and iterates none: each of these goes by a prototype that any code may change.
 */
export const apply: typeof Reflect.apply = Reflect.apply;
export const construct: typeof Reflect.construct = Reflect.construct;
export const isArray: typeof Array.isArray = Array.isArray;
export const numberOf: NumberConstructor = Number;
export const SoonPromise: PromiseConstructor = Promise;
export const objectPrototype: object = Object.prototype;
export const lowerCased: (text: string) => string = uncurried(String.prototype.toLowerCase);

const { defineProperty } = Reflect;

/** The match of a pattern, or null. */
export const matched: (pattern: RegExp, text: string) => RegExpExecArray | null = uncurried(RegExp.prototype.exec);

/** A dictionary that inherits nothing. */
export function dictionary<T>(): Record<string, T> {
  return { __proto__: null } as unknown as Record<string, T>;
}

/** Adds to the end of a list, whatever stands under that index in a prototype. */
export function append(list: unknown[], value: unknown): void {
  const entry = { __proto__: null, value, writable: true, enumerable: true, configurable: true };
  defineProperty(list, list.length, entry as unknown as PropertyDescriptor);
}

function uncurried<This, Args extends unknown[], Result>(
  method: (this: This, ...args: Args) => Result,
): (self: This, ...args: Args) => Result {
  return Function.prototype.call.bind(method) as (self: This, ...args: Args) => Result;
}
