/** Another library that moves rows of PostgreSQL to whoever takes them, as quick as its own settings make it. */
export interface Peer {
  readonly name: string;
  /** How many rows it is given: those that take long get fewer. */
  readonly rows: number;
  /** Makes its tables and fills them, then moves all rows, as many a second as it gives. */
  run(url: string, rows: number): Promise<number>;
}

/** Rows a second, from now on until `take` was called for each. */
export function counting(rows: number): { take(): void; rate: Promise<number> } {
  let left = rows;
  const all = Promise.withResolvers<number>();
  const start = performance.now();
  return {
    take() {
      if (--left === 0) all.resolve((rows * 1_000) / (performance.now() - start));
    },
    rate: all.promise,
  };
}
