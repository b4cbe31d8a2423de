import { median, quartiles, ratiosOf } from "../median.js";
import type { Row } from "../work.js";

/** Both sides as many a second, round by round. */
export interface Rates {
  readonly measured: string;
  readonly rates: readonly number[];
  readonly against: string;
  readonly otherRates: readonly number[];
}

/** How many times as quick the one is as the other. */
export function rateRow(
  work: string,
  { measured, rates, against, otherRates }: Rates,
  goal?: number,
  what = "rows",
): Row {
  const ratios = ratiosOf(rates, otherRates);
  return {
    work,
    measured,
    took: perSecond(median(rates), what),
    against,
    otherTook: perSecond(median(otherRates), what),
    value: median(ratios),
    spread: quartiles(ratios),
    unit: "×",
    ...(goal !== undefined && { goal: { bound: "at least", value: goal } }),
  };
}

function perSecond(rate: number, what: string): string {
  const digits = rate < 10_000 ? 1 : 0;
  return rate < 1_000 ? `${rate.toFixed(0)} ${what}/s` : `${(rate / 1_000).toFixed(digits)}k ${what}/s`;
}

export function lanesOf(lanes: number): string {
  return `relay, ${lanes} ${lanes === 1 ? "lane" : "lanes"}`;
}
