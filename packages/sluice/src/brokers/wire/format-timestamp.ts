let second = Number.NaN;
let textOfSecond = "";

/** What `toISOString` gives. Messages that are published one after another share a second, and its text is kept. */
export function formatTimestamp(moment: Date): string {
  const time = moment.getTime();
  const ms = time % 1_000;
  if (time - ms !== second || ms < 0) {
    const text = moment.toISOString();
    if (ms < 0) return text;
    second = time - ms;
    textOfSecond = text.slice(0, -4);
  }
  return `${textOfSecond}${ms < 10 ? "00" : ms < 100 ? "0" : ""}${ms}Z`;
}
