import type { ProblemDetails } from "./problem.js";

/** How a stream is written: every method gives a whole frame. */
export interface StreamFormat {
  readonly contentType: string;
  /** Stands before the first frame. */
  readonly start: string;
  /** An item; `n` counts from 1. */
  item(value: unknown, n: number): string;
  /** The end of a whole stream. */
  end(items: number): string;
  /** The end of a stream that failed. Left out where there is no room for it: only a cut connection can tell then. */
  fail?(problem: ProblemDetails): string;
  /** Says that the stream is alive; empty where there is no room for it. */
  readonly heartbeat: string;
}
