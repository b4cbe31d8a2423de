/** One way of doing a work. Every side of a work gives the same number, so that none can leave a part of it out. */
export type Side = () => Promise<number>;

/** What a side is held against, and how many times as long it may take. */
interface Comparison {
  readonly side: string;
  readonly against: string;
  /** Left out where nothing is promised, as for peers. */
  readonly goal?: number;
}

/** A piece of work, done by several sides in turn. */
export interface Work {
  readonly name: string;
  /** How many times the smallest step (a send, an item, an event) is done in one run of a side. */
  readonly steps: number;
  readonly sides: Readonly<Record<string, Side>>;
  readonly comparisons: readonly Comparison[];
}

/** One row of the table: `value` is held against `goal`. */
export interface Row {
  readonly work: string;
  readonly measured: string;
  /** What was measured, as text. */
  readonly took: string;
  readonly against: string;
  /** What the other side took, as text. */
  readonly otherTook: string;
  /** The median over the rounds. */
  readonly value: number;
  /** The same from the mean of all runs, garbage collection and the machine's other work included. */
  readonly ofMeans?: number;
  /** The middle half of the rounds. */
  readonly spread?: readonly [low: number, high: number];
  readonly unit: "×" | "MB" | "B" | "kB" | "ms" | "/s" | "%" | "round trips";
  /** Left out where nothing is promised. */
  readonly goal?: { readonly bound: "at most" | "below" | "at least"; readonly value: number };
}

/** What could not be measured here, and why. */
export interface Skipped {
  readonly skipped: string;
  readonly reason: string;
  /** Where it is here, and has failed. */
  readonly error?: unknown;
}
