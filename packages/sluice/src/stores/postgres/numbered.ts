/** How many texts are kept: those of adds with many events differ by their number. */
const mostTexts = 500;

const texts = new Map<string, string>();

/** A statement with `$1`, `$2`, … for each `?`. Ours have no other question marks. */
export function numbered(sql: string): string {
  let text = texts.get(sql);
  if (text === undefined) {
    let n = 0;
    text = sql.replaceAll("?", () => `$${++n}`);
    if (texts.size >= mostTexts) texts.clear();
    texts.set(sql, text);
  }
  return text;
}
