const whitespace = /[ \t\n\r]*/y;
const scalar = /[^,}\]\s]+/y;
const untilBracketOrString = /[^"{}[\]]*/y;

/**
 * The members of a JSON object as its text has them, in their order, each as often as it stands there: so a number
 * stays as it was written, and a member that is given twice can be seen. The text must be valid JSON.
 */
export function jsonMembers(text: string): (readonly [name: string, json: string])[] {
  const members: (readonly [string, string])[] = [];
  let at = skip(whitespace, text, skip(whitespace, text, 0) + 1);
  while (text[at] === '"') {
    const nameEnd = endOfString(text, at);
    const name = JSON.parse(text.slice(at, nameEnd)) as string;
    const start = skip(whitespace, text, skip(whitespace, text, nameEnd) + 1);
    const end = endOfValue(text, start);
    members.push([name, text.slice(start, end)]);
    at = skip(whitespace, text, skip(whitespace, text, end) + 1);
  }
  return members;
}

function endOfValue(text: string, start: number): number {
  if (text[start] === '"') return endOfString(text, start);
  if (text[start] !== "{" && text[start] !== "[") return skip(scalar, text, start);
  let at = start;
  let depth = 0;
  do {
    const char = text[at];
    if (char === '"') at = endOfString(text, at);
    else {
      depth += char === "{" || char === "[" ? 1 : -1;
      at++;
    }
    if (depth > 0) at = skip(untilBracketOrString, text, at);
  } while (depth > 0);
  return at;
}

/** By hand: a pattern would need a stack as deep as a hostile string is long. */
function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); ; quote = text.indexOf('"', quote + 1)) {
    let escapes = quote;
    while (text[escapes - 1] === "\\") escapes--;
    if ((quote - escapes) % 2 === 0) return quote + 1;
  }
}

/** Where what the pattern matches ends that begins there. */
function skip(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  pattern.test(text);
  return pattern.lastIndex;
}
