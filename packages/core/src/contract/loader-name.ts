/** A loader as a spec names it. */
export interface LoaderName {
  /** npm name of the kit that brings the loader; undefined where the plugin itself does. */
  readonly kit: string | undefined;
  /** The name under which it is registered there. */
  readonly name: string;
}

/** `clip`, a loader of the plugin's own, or `@menagerie/vision#image-classifier`, one of a kit that it depends on. */
export const loaderPattern: RegExp =
  /^(?:(?:@[a-z0-9~][a-z0-9._~-]*\/)?[a-z0-9~][a-z0-9._~-]*#)?[a-z0-9]+(?:[._-][a-z0-9]+)*$/;

export function loaderName(loader: string): LoaderName {
  const end = loader.indexOf("#");
  return end < 0 ? { kit: undefined, name: loader } : { kit: loader.slice(0, end), name: loader.slice(end + 1) };
}
