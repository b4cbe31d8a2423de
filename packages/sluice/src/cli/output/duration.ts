import { InvalidOptionError } from "../../errors/invalid-option-error.js";

const units = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 };

/** Reads `30s`, `15m`, `12h` or `7d`, as milliseconds. */
export function parseDuration(option: string, text: string): number {
  const [, number = "", unit = ""] = /^(\d{1,7})([smhd])$/.exec(text) ?? [];
  if (number === "")
    throw new InvalidOptionError(option, text, "a whole number with a unit: 30s, 15m, 12h, 7d");
  return Number(number) * units[unit as keyof typeof units];
}

/** Milliseconds in the largest unit of which there is one: `7d`. */
export function formatDuration(ms: number): string {
  for (const [unit, size] of Object.entries(units)) if (ms >= size) return `${Math.floor(ms / size)}${unit}`;
  return `${Math.max(0, Math.round(ms))}ms`;
}
