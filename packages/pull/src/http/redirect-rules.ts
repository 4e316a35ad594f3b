/** Why a redirect by its addresses alone is not followed; undefined where it is. */
export function forbidden(from: URL, to: URL): string | undefined {
  if (to.protocol !== "https:" && to.protocol !== "http:") return `${to.protocol} is no address of the web`;
  if (from.protocol === "https:" && to.protocol === "http:") return "it leaves https for http";
  if (to.username !== "" || to.password !== "") return "it carries a password";
  return undefined;
}
