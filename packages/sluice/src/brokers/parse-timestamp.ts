const pattern =
  /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,3})\d*)?(?:[Zz]|([+-])(\d\d):(\d\d))?$/;

/**
 * The milliseconds since 1970 of a moment in RFC 3339: `2026-11-30T17:00:00.5+01:00`. What is finer than a millisecond
 * is cut off; a leap second is the second that follows it. A year has four digits.
 *
 * @returns NaN for anything else, such as the 30th of February
 */
export function parseTimestamp(
  text: string,
  { offset = "required" }: { readonly offset?: "required" | "utc if none" } = {},
): number {
  const match = pattern.exec(text);
  if (match === null) return Number.NaN;
  const [
    ,
    year,
    month,
    day,
    hour,
    minute,
    second,
    fraction = "",
    sign,
    offsetHour = "0",
    offsetMinute = "0",
  ] = match as unknown as [string, string, string, string, string, string, string, ...(string | undefined)[]];
  if (offset === "required" && sign === undefined && !/[Zz]$/.test(text)) return Number.NaN;
  const isLeapSecond = second === "60";
  if (+hour > 23 || +minute > 59 || (+second > 59 && !isLeapSecond)) return Number.NaN;
  if (+offsetHour > 23 || +offsetMinute > 59) return Number.NaN;

  const date = new Date(0);
  // Date.UTC takes the years 0 to 99 for 1900 to 1999.
  date.setUTCFullYear(+year, +month - 1, +day);
  if (date.getUTCMonth() !== +month - 1 || date.getUTCDate() !== +day) return Number.NaN;
  const shift = (sign === "-" ? -1 : 1) * (+offsetHour * 60 + +offsetMinute) * 60_000;
  const ms = date.setUTCHours(+hour, +minute, +second, +fraction.padEnd(3, "0")) - shift;
  // A leap second is the last of a day in UTC.
  return isLeapSecond && !new Date(ms).toISOString().includes("T00:00:00") ? Number.NaN : ms;
}
