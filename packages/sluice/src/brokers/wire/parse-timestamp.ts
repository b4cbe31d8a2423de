const day = 86_400_000;
/** The calendar repeats after these years. */
const cycle = { years: 2_000, ms: 5 * 146_097 * day };
const daysOfMonths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * The milliseconds since 1970 of a moment in RFC 3339: `2026-11-30T17:00:00.5+01:00`. What is finer than a millisecond
 * is cut off; a leap second is the second that follows it. A year has four digits.
 *
 * By hand and not with a pattern, since it is on the way of every message that comes in.
 *
 * @returns NaN for anything else, such as the 30th of February
 */
export function parseTimestamp(
  text: string,
  { offset = "required" }: { readonly offset?: "required" | "or UTC" } = {},
): number {
  const isSeparated =
    text[4] === "-" &&
    text[7] === "-" &&
    (text[10] === "T" || text[10] === "t") &&
    text[13] === ":" &&
    text[16] === ":";
  if (!isSeparated) return Number.NaN;
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 7);
  const date = digits(text, 8, 10);
  const hour = digits(text, 11, 13);
  const minute = digits(text, 14, 16);
  const second = digits(text, 17, 19);
  const inRange = date >= 1 && date <= daysOf(year, month) && hour <= 23 && minute <= 59 && second <= 60;
  if (!inRange) return Number.NaN;

  let at = 19;
  let ms = 0;
  if (text[at] === ".") {
    const from = ++at;
    while (isDigit(text.charCodeAt(at))) at++;
    if (at === from) return Number.NaN;
    ms = Math.floor(digits(text, from, Math.min(at, from + 3)) * 10 ** (3 - Math.min(at - from, 3)));
  }
  const shift = at === text.length && offset === "or UTC" ? 0 : offsetOf(text, at);
  // Date.UTC takes the years 0 to 99 for 1900 to 1999.
  const moment = Date.UTC(year + cycle.years, month - 1, date, hour, minute, second, ms) - cycle.ms - shift;
  // A leap second is the last one of a day in UTC.
  return second === 60 && (moment + cycle.ms) % day >= 1_000 ? Number.NaN : moment;
}

/** In milliseconds; NaN where the rest of the text is no offset. */
function offsetOf(text: string, at: number): number {
  const sign = text[at];
  if (sign === "Z" || sign === "z") return text.length === at + 1 ? 0 : Number.NaN;
  if ((sign !== "+" && sign !== "-") || text.length !== at + 6 || text[at + 3] !== ":") return Number.NaN;
  const hours = digits(text, at + 1, at + 3);
  const minutes = digits(text, at + 4, at + 6);
  if (!(hours <= 23 && minutes <= 59)) return Number.NaN;
  return (sign === "-" ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

function daysOf(year: number, month: number): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && isLeap ? 29 : (daysOfMonths[month - 1] ?? Number.NaN);
}

function digits(text: string, from: number, to: number): number {
  let number = 0;
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at);
    if (!isDigit(code)) return Number.NaN;
    number = number * 10 + code - 48;
  }
  return number;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
