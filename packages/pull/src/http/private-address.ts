import { BlockList, isIP } from "node:net";

const privateRanges: readonly (readonly [network: string, prefix: number, family: "ipv4" | "ipv6"])[] = [
  ["0.0.0.0", 8, "ipv4"],
  ["10.0.0.0", 8, "ipv4"],
  ["100.64.0.0", 10, "ipv4"],
  ["127.0.0.0", 8, "ipv4"],
  // Cloud machines tell their credentials at one of these.
  ["169.254.0.0", 16, "ipv4"],
  ["172.16.0.0", 12, "ipv4"],
  ["192.0.0.0", 24, "ipv4"],
  ["192.168.0.0", 16, "ipv4"],
  ["198.18.0.0", 15, "ipv4"],
  ["224.0.0.0", 4, "ipv4"],
  ["240.0.0.0", 4, "ipv4"],
  ["::", 128, "ipv6"],
  ["::1", 128, "ipv6"],
  ["fc00::", 7, "ipv6"],
  ["fe80::", 10, "ipv6"],
  // Of sites, as they were before fc00::.
  ["fec0::", 10, "ipv6"],
  // A network's own way to its IPv4 machines.
  ["64:ff9b:1::", 48, "ipv6"],
  // Teredo: a tunnel to whichever machine behind a router.
  ["2001::", 32, "ipv6"],
  ["ff00::", 8, "ipv6"],
];

/** Whether an IP address is of this machine or of a network that the internet does not reach. A name is none. */
export function isPrivateAddress(address: string): boolean {
  const bare = address.replace(/^\[|\]$/g, "").replace(/%.*$/, "");
  const family = isIP(bare);
  if (family === 0) return false;
  if (family === 4) return blocked().check(bare, "ipv4");
  const inner = ipv4Within(bare);
  return blocked().check(bare, "ipv6") || (inner !== undefined && blocked().check(inner, "ipv4"));
}

/** The IPv4 address that an IPv6 one leads to: through NAT64, 6to4, or written in one of the older forms. */
function ipv4Within(address: string): string | undefined {
  const groups = groupsOf(address);
  const startsWith = (...first: readonly number[]): boolean => first.every((group, i) => groups[i] === group);
  const at = (place: number): string =>
    [groups[place], groups[place + 1]].flatMap((group = 0) => [group >> 8, group & 0xff]).join(".");
  if (startsWith(0x2002)) return at(1);
  const isNamed =
    startsWith(0x64, 0xff9b, 0, 0, 0, 0) ||
    startsWith(0, 0, 0, 0, 0, 0) ||
    startsWith(0, 0, 0, 0, 0, 0xffff) ||
    startsWith(0, 0, 0, 0, 0xffff, 0);
  return isNamed ? at(6) : undefined;
}

/** The eight groups of an IPv6 address. */
function groupsOf(address: string): readonly number[] {
  // A URL writes every form of an address in one.
  const [head = "", tail] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split("::");
  const numbers = (text: string): number[] =>
    text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
  const [first, last] = [numbers(head), numbers(tail ?? "")];
  return [...first, ...new Array<number>(8 - first.length - last.length).fill(0), ...last];
}

let known: BlockList | undefined;

function blocked(): BlockList {
  if (known !== undefined) return known;
  known = new BlockList();
  for (const [network, prefix, family] of privateRanges) known.addSubnet(network, prefix, family);
  return known;
}
