import { basename } from "node:path";
import { paint, printJson } from "./output.ts";
import { showSegment } from "./show-answer.ts";

/** Prints what is known of one answer before it is whole. */
export interface PartPrinter {
  readonly onPart: (part: unknown) => void;
  /** What was printed is void: the runner ended, and the answer begins anew. */
  readonly onRestart: () => void;
  /** Ends the line under way. @returns whether anything was printed that the answer need not repeat */
  end(): boolean;
}

/** For a person: a line for each segment, and text as it comes. @param name file that is being heard */
export function partsForPeople(name: string): PartPrinter {
  let text = "";
  let hasBegun = false;
  return {
    onPart(given) {
      const part = given as { readonly text?: unknown; readonly start?: number; readonly end?: number };
      // What has no text is shown with the whole.
      if (typeof part.text !== "string") return;
      if (!hasBegun) process.stdout.write(`${paint("bold", basename(name))}\n`);
      hasBegun = true;
      const { start, end } = part;
      if (start !== undefined && end !== undefined) {
        process.stdout.write(`${showSegment({ text: part.text, start, end })}\n`);
        return;
      }
      process.stdout.write(text === "" ? `  ${part.text.trimStart()}` : part.text);
      text += part.text;
    },
    onRestart() {
      if (text !== "") process.stdout.write("\n");
      if (hasBegun) process.stdout.write(`${paint("yellow", "The runner ended; the answer begins anew.")}\n`);
      text = "";
    },
    end() {
      if (text !== "") process.stdout.write("\n");
      return hasBegun;
    },
  };
}

/** For machines: an object to a line; the whole answer comes after them nevertheless. */
export function partsForMachines(): PartPrinter {
  return { onPart: (part) => printJson({ part }), onRestart: () => printJson({ restart: true }), end: () => false };
}
