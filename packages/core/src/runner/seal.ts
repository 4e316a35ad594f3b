export type Owner = Record<PropertyKey, unknown>;

/** Puts a value in the place of a property, for good; what Node itself has fixed there stays. */
export function seal(owner: object, name: string, value: unknown): void {
  const present = Object.getOwnPropertyDescriptor(owner, name);
  if (present?.configurable === false && present.writable !== true) return;
  Object.defineProperty(owner, name, {
    value,
    writable: false,
    configurable: false,
    enumerable: present?.enumerable ?? true,
  });
}
