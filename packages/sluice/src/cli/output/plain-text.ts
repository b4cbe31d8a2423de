/** Characters that a terminal obeys instead of showing them: controls, and those that turn the direction of text. */
const obeyed = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

const short: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** A text as one line that only shows: what came with a message must not move the cursor or change colours. */
export function plainText(text: string): string {
  return text.replaceAll(
    obeyed,
    (character) => short[character] ?? `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`,
  );
}
