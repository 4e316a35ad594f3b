import { ModelError } from "@menagerie/core";

const names = ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"] as const;

/** The proxies of an environment as Node takes them: `proxy.example:3128` is `http://proxy.example:3128`, as it is for curl. */
export function proxiesOf(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const proxies = names.flatMap((name) => (env[name]?.trim() ? [[name, spelled(env[name].trim())] as const] : []));
  const spared = (["no_proxy", "NO_PROXY"] as const).flatMap((name) => (env[name] ? [[name, env[name]] as const] : []));
  return Object.fromEntries([...proxies, ...spared]);
}

/**
 * Refuses a request that would go past a proxy in silence: an older Node knows none, and Node passes over what is no HTTP proxy.
 * @param proxies as of `proxiesOf`
 * @throws `source_unreachable`
 */
export function requireProxy(url: URL, proxies: NodeJS.ProcessEnv): void {
  const scheme = url.protocol.slice(0, -1);
  const proxy = proxies[`${scheme}_proxy`] ?? proxies[`${scheme.toUpperCase()}_PROXY`];
  if (proxy === undefined || isSpared(url, proxies.no_proxy ?? proxies.NO_PROXY ?? "")) return;
  if (!isKnown())
    throw new ModelError(
      "source_unreachable",
      `Node ${process.versions.node} knows no proxies, and ${withoutPassword(proxy)} is set as one. Use Node 24.5 or 22.21, or newer.`,
    );
  if (!/^https?:\/\//i.test(proxy) || !URL.canParse(proxy))
    throw new ModelError(
      "source_unreachable",
      `${url.host} is not asked: ${withoutPassword(proxy)} is set as its proxy, and is none of HTTP. Set ${scheme.toUpperCase()}_PROXY to http://HOST:PORT, or name ${url.hostname} in NO_PROXY.`,
    );
}

function spelled(proxy: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(proxy) ? proxy : `http://${proxy}`;
}

function withoutPassword(proxy: string): string {
  return proxy.replace(/\/\/[^/@]*@/, "//");
}

function isSpared({ hostname, port }: URL, list: string): boolean {
  return list.split(/[,\s]+/).some((entry) => {
    const [host = "", only = ""] = entry.toLowerCase().split(":");
    if (host === "*") return true;
    const suffix = host.replace(/^\*?\./, "");
    return suffix !== "" && (only === "" || only === port) && (hostname === suffix || hostname.endsWith(`.${suffix}`));
  });
}

function isKnown(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  return major > 24 || (major === 24 && minor >= 5) || (major === 22 && minor >= 21);
}
