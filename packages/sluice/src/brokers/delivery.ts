import type { ReceivedMessage } from "./received-message.js";
import type { RetryLater } from "./retry-later.js";

/** A message whose tries are counted here. */
export interface CountedMessage extends ReceivedMessage {
  attempt: number;
}

/**
 * What becomes of a message: it is acknowledged, left to whoever comes next, or kept by the broker for later. The last is
 * only for a broker that can.
 */
export type Outcome = "done" | "released" | RetryLater;

/**
 * Told what becomes of a message, and which try the next one is: one that was given up, or that failed while its
 * subscription closed, has been made.
 */
export type OnSettled = (outcome: Outcome, nextAttempt: number) => void;

/** Messages that are given up together. */
export interface Scope {
  readonly isClosing: boolean;
  /** Aborts when nobody waits any longer for what is being handled. */
  readonly signal: AbortSignal;
  settle(delivery: Delivery, outcome: Outcome): void;
}

/** A message under way: it waits for those before it, is ready, is being handled, or waits for another try. */
export class Delivery {
  state: "waiting" | "ready" | "running" | "retrying" | "settled" = "waiting";
  key: string | undefined;
  /** What its key could not be told for. */
  problem: { readonly error: unknown } | undefined;
  /** The next message of its key. */
  next: Delivery | undefined;
  timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly message: CountedMessage,
    readonly scope: Scope,
    readonly onSettled: OnSettled,
  ) {}
}
