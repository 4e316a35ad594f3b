import { ModelError } from "@menagerie/core";

type DrawingKit = Pick<typeof import("@menagerie/vision"), "drawAnnotations" | "drawingFormatOf">;

/**
 * The kit that draws, imported only when something is to be drawn: it brings native code, which no other command needs.
 * @throws ModelError `dependency_missing` naming the command that installs it
 */
export async function drawingKit(): Promise<DrawingKit> {
  try {
    return await import("@menagerie/vision");
  } catch (cause) {
    throw new ModelError(
      "dependency_missing",
      "Answers are drawn by @menagerie/vision, which is not installed or does not load. Run: npm install @menagerie/vision",
      { details: { package: "@menagerie/vision" }, cause },
    );
  }
}
