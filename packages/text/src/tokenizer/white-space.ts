/**
 * Unicode's White_Space, which `\s` means in the reference. JavaScript's own has U+FEFF and lacks U+0085.
 * For use inside a character class.
 */
export const whiteSpace = "\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";

/** The same pattern with the reference's white space. */
export function withReferenceWhiteSpace({ source, flags }: RegExp): RegExp {
  let inClass = false;
  const rewritten = source.replaceAll(/\\[\s\S]|[[\]]/g, (part) => {
    if (part === "[") inClass = true;
    else if (part === "]") inClass = false;
    else if (part === "\\s") return inClass ? whiteSpace : `[${whiteSpace}]`;
    else if (part === "\\S" && !inClass) return `[^${whiteSpace}]`;
    return part;
  });
  return new RegExp(rewritten, flags);
}

export function trimStart(text: string): string {
  return text.replace(leading, "");
}

export function trimEnd(text: string): string {
  return text.replace(trailing, "");
}

const leading = new RegExp(`^[${whiteSpace}]+`);
const trailing = new RegExp(`(?<![${whiteSpace}])[${whiteSpace}]+$`);
