import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatTimestamp } from "./format-timestamp.js";
import { parseTimestamp } from "./parse-timestamp.js";

const isoOf = (text: string) => new Date(parseTimestamp(text)).toISOString();

describe("parseTimestamp", () => {
  it.each([
    ["2026-11-30T17:00:00Z", "2026-11-30T17:00:00.000Z"],
    ["2026-11-30t17:00:00z", "2026-11-30T17:00:00.000Z"],
    ["2026-11-30T17:00:00.5Z", "2026-11-30T17:00:00.500Z"],
    ["2026-11-30T17:00:00.0129999999Z", "2026-11-30T17:00:00.012Z"],
    ["2026-11-30T17:00:00+05:30", "2026-11-30T11:30:00.000Z"],
    ["2026-11-30T17:00:00.25-00:30", "2026-11-30T17:30:00.250Z"],
    ["2026-11-30T17:00:00-00:00", "2026-11-30T17:00:00.000Z"],
    ["2028-02-29T00:00:00Z", "2028-02-29T00:00:00.000Z"],
    ["2000-02-29T00:00:00Z", "2000-02-29T00:00:00.000Z"],
    ["0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z"],
    ["0099-12-31T23:59:59Z", "0099-12-31T23:59:59.000Z"],
    ["9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"],
    ["2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"],
    ["1990-12-31T15:59:60-08:00", "1991-01-01T00:00:00.000Z"],
  ])("reads %s", (text, iso) => {
    expect(isoOf(text)).toBe(iso);
  });

  it.each([
    ["", "nothing"],
    ["2026-11-30", "a date"],
    ["2026-11-30T17:00:00", "no offset"],
    ["2026-11-30 17:00:00Z", "no T"],
    ["2026-11-30T17:00Z", "no seconds"],
    ["2026-11-30T17:00:00,5Z", "a comma"],
    ["2026-11-30T17:00:00.Z", "no fraction"],
    ["2026-02-29T00:00:00Z", "no leap year"],
    ["2100-02-29T00:00:00Z", "no leap year either"],
    ["2026-02-30T00:00:00Z", "30th of February"],
    ["2026-04-31T00:00:00Z", "31st of April"],
    ["2026-00-10T00:00:00Z", "month 0"],
    ["2026-13-10T00:00:00Z", "month 13"],
    ["2026-01-00T00:00:00Z", "day 0"],
    ["2026-01-10T24:00:00Z", "hour 24"],
    ["2026-01-10T00:60:00Z", "minute 60"],
    ["2026-01-10T00:00:61Z", "second 61"],
    ["2026-01-10T12:00:60Z", "a leap second at noon"],
    ["1500-01-10T12:00:60Z", "a leap second at noon, long ago"],
    ["2026-01-10T00:00:00+24:00", "offset of a day"],
    ["2026-01-10T00:00:00+00:60", "offset of 60 minutes"],
    ["2026-01-10T00:00:00+0100", "offset without colon"],
    ["2026-01-10T00:00:00+01", "offset without minutes"],
    ["2026-01-10T00:00:00 Z", "a space"],
    ["2026-01-10T00:00:00Z ", "a space after"],
    ["2026-01-10T00:00:00ZZ", "twice Z"],
    ["+02026-01-10T00:00:00Z", "a year of five digits"],
    ["-0001-01-10T00:00:00Z", "a year before 0"],
    ["12026-01-10T00:00:00Z", "a year after 9999"],
    ["２０２６-01-10T00:00:00Z", "digits of another script"],
    ["1764522000", "seconds"],
    ["Mon, 30 Nov 2026 17:00:00 GMT", "a date of HTTP"],
  ])("refuses %j: %s", (text) => {
    expect(parseTimestamp(text)).toBeNaN();
  });

  it("takes a moment without offset as UTC only where it is asked to", () => {
    const text = "2026-11-30T17:00:00.140045";
    expect(parseTimestamp(text)).toBeNaN();
    expect(parseTimestamp(text, { offset: "or UTC" })).toBe(Date.UTC(2026, 10, 30, 17, 0, 0, 140));
    expect(parseTimestamp(`${text}+01:00`, { offset: "or UTC" })).toBe(Date.UTC(2026, 10, 30, 16, 0, 0, 140));
    expect(parseTimestamp(`${text}x`, { offset: "or UTC" })).toBeNaN();
  });

  it("reads what formatTimestamp writes, which is what toISOString gives", () => {
    const moments = fc.date({
      min: new Date("0000-01-01T00:00:00Z"),
      max: new Date("9999-12-31T23:59:59.999Z"),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(moments, fc.integer({ min: 0, max: 2_000 }), (moment, later) => {
        for (const each of [moment, new Date(moment.getTime() + later)]) {
          expect(formatTimestamp(each)).toBe(each.toISOString());
        }
        expect(parseTimestamp(formatTimestamp(moment))).toBe(moment.getTime());
      }),
    );
  });
});
