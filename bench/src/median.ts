export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The bounds of the middle half. */
export function quartiles(values: readonly number[]): [low: number, high: number] {
  return [quantile(values, 0.25), quantile(values, 0.75)];
}

/** Round by round: both sides of a ratio were measured one shortly after the other. */
export function ratiosOf(values: readonly number[], others: readonly number[]): number[] {
  return values.map((value, i) => value / (others[i] as number));
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = q * (sorted.length - 1);
  const low = sorted[Math.floor(at)] as number;
  const high = sorted[Math.ceil(at)] as number;
  return low + (high - low) * (at - Math.floor(at));
}

/** Each round by itself: what was measured one after another, in parts of so many. */
export function partsOf(values: readonly number[], size: number): number[][] {
  return Array.from({ length: Math.ceil(values.length / size) }, (_, n) =>
    values.slice(n * size, (n + 1) * size),
  );
}
