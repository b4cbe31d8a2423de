import { InvalidOptionError } from "../../errors/invalid-option-error.js";

/** Reads the value of an option that is a whole number. */
export function wholeNumber(option: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (number >= least && number <= most) return number;
    throw new InvalidOptionError(option, text, `a whole number from ${least} to ${most}`);
  };
}
