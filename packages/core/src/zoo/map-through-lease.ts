import type { AskedTask, TaskInput } from "../tasks/vocabulary.ts";
import type { Answer } from "./answer.ts";
import { leavableWith } from "./leavable.ts";
import type { MappedAnswer } from "./map-in-order.ts";
import type { Zoo, ZooMapOptions } from "./zoo.ts";

/** `Zoo.map` of whatever zoo gives leases: the share is given back when the sequence ends or is left, wherever it waits. */
export function mapThroughLease<Asked extends AskedTask>(
  zoo: Pick<Zoo, "get">,
  nameOrRole: string,
  task: Asked,
  inputs: Iterable<TaskInput<Asked>> | AsyncIterable<TaskInput<Asked>>,
  options: ZooMapOptions,
): AsyncGenerator<MappedAnswer<Answer<Asked>>, void, undefined> {
  return leavableWith(options, async function* ({ priority, keepAliveMs, ...asking }) {
    await using lease = await zoo.get(nameOrRole, { signal: asking.signal, priority, keepAliveMs });
    yield* lease.map(task, inputs, asking);
  });
}
