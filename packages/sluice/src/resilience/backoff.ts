export interface BackoffOptions {
  /** The longest wait after the first failure, in milliseconds. */
  readonly baseMs: number;
  /** The longest wait of all. */
  readonly maxMs: number;
}

/**
 * How long to wait after so many failures, in milliseconds: half of the doubled base, and up to as much again by chance.
 * So no wait is shorter than the one before it (rule O4), and rows that failed together come back apart.
 */
export function backoff(attempts: number, { baseMs, maxMs }: BackoffOptions): number {
  const ceiling = baseMs * 2 ** (attempts - 1);
  return Math.min(maxMs, Math.round(ceiling / 2 + (Math.random() * ceiling) / 2));
}
