/**
 * The names by which a class may be registered in awilix, the most usual one first: `HTMLFileParser` as
 * `htmlFileParser`, `hTMLFileParser`, `HTMLFileParser`; `ParseHTMLFile` as `parseHTMLFile` or, as awilix itself writes
 * names in camelCase, `parseHtmlFile`.
 */
export function registrationNames(className: string): string[] {
  const firstWord = className.replace(/^(\p{Lu}+(?=\p{Lu}\p{Ll}|\P{L}|$)|\p{Lu})/u, (word) =>
    word.toLowerCase(),
  );
  const firstLetter = className.replace(/^\p{Lu}/u, (letter) => letter.toLowerCase());
  const allWords = firstWord.replace(
    /(\p{Lu})(\p{Lu}+)(?=\p{Lu}\p{Ll}|\P{L}|$)/gu,
    (_, first: string, others: string) => first + others.toLowerCase(),
  );
  return [...new Set([firstWord, allWords, firstLetter, className])];
}
