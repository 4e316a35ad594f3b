/** A Huffman code as zlib builds it. */
export interface CodeLengths {
  /** Bits of each symbol; 0 for those that do not come. */
  readonly lengths: Int32Array;
  /** The last symbol that comes. */
  readonly last: number;
}

/**
 * Lengths of the code of symbols by how often they come: `build_tree` and `gen_bitlen` of zlib, ties and too long codes
 * included.
 * @param counts changed where fewer than two symbols come: a code has two
 */
export function codeLengths(counts: Int32Array, longest: number): CodeLengths {
  const frequency = [...counts];
  const depth = new Array<number>(counts.length).fill(0);
  const queue = new Queue((a, b) => {
    const difference = (frequency[a] as number) - (frequency[b] as number);
    return difference < 0 || (difference === 0 && (depth[a] as number) <= (depth[b] as number));
  });
  let last = -1;
  for (const [symbol, times] of counts.entries()) {
    if (times === 0) continue;
    queue.append(symbol);
    last = symbol;
  }
  while (queue.size < 2) {
    const symbol = last < 2 ? ++last : 0;
    counts[symbol] = 1;
    frequency[symbol] = 1;
    queue.append(symbol);
  }
  queue.order();
  const parents: number[] = [];
  /** The reverse of the order in which nodes were taken: parents come before their children. */
  const taken: number[] = [];
  for (let node = counts.length; queue.size >= 2; node++) {
    const least = queue.take();
    const next = queue.first;
    taken.push(least, next);
    frequency[node] = (frequency[least] as number) + (frequency[next] as number);
    depth[node] = Math.max(depth[least] as number, depth[next] as number) + 1;
    parents[least] = node;
    parents[next] = node;
    queue.replaceFirst(node);
  }
  return { lengths: limited(taken.reverse(), parents, last, counts.length, longest), last };
}

function limited(
  nodes: readonly number[],
  parents: readonly number[],
  last: number,
  symbols: number,
  longest: number,
): Int32Array {
  const bits: number[] = [];
  const perLength = new Array<number>(longest + 1).fill(0);
  let overflow = 0;
  for (const node of nodes) {
    const wanted = (bits[parents[node] as number] ?? 0) + 1;
    if (wanted > longest) overflow++;
    bits[node] = Math.min(wanted, longest);
    if (node <= last) perLength[bits[node] as number] = (perLength[bits[node] as number] as number) + 1;
  }
  const lengths = Int32Array.from({ length: symbols }, (_, symbol) => bits[symbol] ?? 0);
  if (overflow === 0) return lengths;
  for (; overflow > 0; overflow -= 2) {
    const shorter = perLength.findLastIndex((count, length) => length < longest && count > 0);
    perLength[shorter] = (perLength[shorter] as number) - 1;
    perLength[shorter + 1] = (perLength[shorter + 1] as number) + 2;
    perLength[longest] = (perLength[longest] as number) - 1;
  }
  // The rarest symbols, which were taken first, get the longest codes.
  const leaves = nodes.filter((node) => node <= last).reverse();
  let next = 0;
  for (let length = longest; length > 0; length--)
    for (let i = 0; i < (perLength[length] as number); i++) lengths[leaves[next++] as number] = length;
  return lengths;
}

/** A binary heap, the least first; its order among equals is zlib's. */
class Queue {
  readonly #isLess: (a: number, b: number) => boolean;
  /** From 1 on. */
  readonly #heap: number[] = [-1];

  constructor(isLess: (a: number, b: number) => boolean) {
    this.#isLess = isLess;
  }

  get size(): number {
    return this.#heap.length - 1;
  }

  get first(): number {
    return this.#heap[1] as number;
  }

  append(node: number): void {
    this.#heap.push(node);
  }

  order(): void {
    for (let place = this.size >> 1; place >= 1; place--) this.#sink(place);
  }

  take(): number {
    const { first } = this;
    const last = this.#heap.pop() as number;
    if (this.size > 0) this.replaceFirst(last);
    return first;
  }

  replaceFirst(node: number): void {
    this.#heap[1] = node;
    this.#sink(1);
  }

  #sink(from: number): void {
    const heap = this.#heap;
    const node = heap[from] as number;
    let place = from;
    for (let child = 2 * place; child <= this.size; child *= 2) {
      if (child < this.size && this.#isLess(heap[child + 1] as number, heap[child] as number)) child++;
      if (this.#isLess(node, heap[child] as number)) break;
      heap[place] = heap[child] as number;
      place = child;
    }
    heap[place] = node;
  }
}
