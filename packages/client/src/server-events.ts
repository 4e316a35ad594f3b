import { mostCharacters } from "./limited-text.ts";

/** An event that is larger than any that is read. */
export class EventTooLarge extends Error {}

/** One event of a stream of server-sent events. */
export interface ServerEvent {
  /** `message` where the stream names none. */
  readonly event: string;
  readonly data: string;
}

/**
 * The events of a response's body, as they come (HTML, 9.2). Comments, ids and times to reconnect are passed over: nothing here
 * is asked again by itself. The body is read no faster than the events are taken; whoever leaves early ends it.
 * @param most characters of one event
 * @throws EventTooLarge
 */
export async function* serverEvents(
  body: ReadableStream<Uint8Array>,
  most: number = mostCharacters,
): AsyncGenerator<ServerEvent, void, undefined> {
  let event = "";
  let data: string[] = [];
  let characters = 0;
  for await (const line of linesOf(body, most)) {
    characters += line.length;
    if (characters > most) throw new EventTooLarge();
    if (line === "") {
      characters = 0;
      if (data.length > 0) yield { event: event === "" ? "message" : event, data: data.join("\n") };
      event = "";
      data = [];
      continue;
    }
    const [, field = "", value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (field === "event") event = value;
    else if (field === "data") data.push(value);
  }
}

/** Lines that end in LF, CR or both; what has no end is not whole, and is dropped. @throws EventTooLarge */
async function* linesOf(body: ReadableStream<Uint8Array>, most: number): AsyncGenerator<string, void, undefined> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let pieces: string[] = [];
  let characters = 0;
  let isAfterReturn = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      let text = decoder.decode(value, { stream: true });
      if (isAfterReturn && text.startsWith("\n")) text = text.slice(1);
      if (text !== "") isAfterReturn = text.endsWith("\r");
      const lines = text.split(/\r\n|\n|\r/);
      // A line of megabytes comes in thousands of pieces: joined once, they cost nothing.
      for (const [i, line] of lines.entries()) {
        pieces.push(line);
        characters += line.length;
        if (characters > most) throw new EventTooLarge();
        if (i === lines.length - 1) break;
        yield pieces.join("");
        pieces = [];
        characters = 0;
      }
    }
  } finally {
    // Says to the server that nobody reads on; a body that has ended has nothing to say.
    await reader.cancel().catch(() => {});
  }
}
