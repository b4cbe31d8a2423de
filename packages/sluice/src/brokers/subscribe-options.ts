import { InvalidOptionError } from "../errors/invalid-option-error.js";
import type { ReceivedMessage } from "./received-message.js";

/** Stops the delivery to one subscriber. */
export interface Subscription extends AsyncDisposable {
  /**
   * Takes no further message, and resolves when those under way are handled; after `closeTimeoutMs` it aborts their
   * signal and waits no longer. What is not done then is not acknowledged: it comes again, to this group's others or
   * later (rule C3).
   */
  close(): Promise<void>;
}

export interface SubscribeOptions {
  /** Their names. At least one. */
  readonly topics: readonly string[];
  /**
   * Called for each message. When it resolves, the message is done and is acknowledged. When it rejects, the message is
   * given again after a while that grows from 0.1 s to 30 s; when it resolves with a {@link RetryLater}, after the time
   * that this says. Never are more than `concurrency` calls under way.
   *
   * The signal aborts when nobody waits for the call any more: what it does then is not acknowledged.
   */
  readonly onMessage: (message: ReceivedMessage, signal: AbortSignal) => unknown;
  /**
   * The consumer group: each message is for one of its members, and the broker keeps the place of the group. Without one
   * a subscriber gets every message that is published while it is subscribed.
   * @default none
   */
  readonly group?: string | undefined;
  /**
   * How many messages may be unacknowledged at the same moment: those being handled, those that wait for their turn, and
   * those that wait for another try. From 1 to 100,000 (rule C2).
   * @default 1_000
   */
  readonly prefetch?: number | undefined;
  /** How many messages are handled at the same moment. From 1 up. @default 10 */
  readonly concurrency?: number | undefined;
  /**
   * `"key"`: messages with the same key are handled one after another, in their order; while one waits for another try,
   * so do those behind it. `"none"`: all at the same time. Or a function that gives the key; what it throws is the
   * message's failure.
   * @default "key"
   */
  readonly orderBy?: OrderBy | undefined;
  /**
   * Where a group that is new begins, and a subscriber without a group: with the oldest message that the broker keeps,
   * with the next one, or with those that came at a moment or later. A broker without `replay` knows `"latest"` only.
   * @default "earliest" for a group where the broker has replay, else "latest"
   */
  readonly startAt?: StartAt | undefined;
  /** How long `close()` waits for what is being handled, in milliseconds from 0 up. @default 10_000 */
  readonly closeTimeoutMs?: number | undefined;
}

export type OrderBy = "key" | "none" | ((message: ReceivedMessage) => string | undefined);
export type StartAt = "earliest" | "latest" | Date;

export type SubscribeSettings = {
  readonly [Option in keyof Omit<SubscribeOptions, "group" | "startAt">]-?: Exclude<
    SubscribeOptions[Option],
    undefined
  >;
} & { readonly group: string | undefined; readonly startAt: StartAt };

/**
 * Checks what was given and fills in the rest, for a broker.
 *
 * @throws {InvalidOptionError} an option is out of range, or the broker has no replay and `startAt` asks for it.
 */
export function subscribeSettings(options: SubscribeOptions, canReplay: boolean): SubscribeSettings {
  const { topics, onMessage, group, orderBy = "key" } = options;
  if (!(Array.isArray(topics) && topics.length > 0 && topics.every(isText)))
    throw invalid("topics", topics, "a list of names, with at least one");
  if (typeof onMessage !== "function") throw invalid("onMessage", onMessage, "a function");
  if (group !== undefined && !isText(group))
    throw invalid("group", group, "a string with at least one character");
  if (!(orderBy === "key" || orderBy === "none" || typeof orderBy === "function"))
    throw invalid("orderBy", orderBy, '"key", "none" or a function');
  const whole = (name: "prefetch" | "concurrency", otherwise: number, greatest: number): number => {
    const given = options[name] ?? otherwise;
    if (Number.isSafeInteger(given) && given >= 1 && given <= greatest) return given;
    throw invalid(name, given, `a whole number from 1 to ${greatest}`);
  };
  const prefetch = whole("prefetch", 1_000, 100_000);
  const concurrency = whole("concurrency", Math.min(10, prefetch), 100_000);
  const { closeTimeoutMs = 10_000 } = options;
  if (!(typeof closeTimeoutMs === "number" && closeTimeoutMs >= 0))
    throw invalid("closeTimeoutMs", closeTimeoutMs, "a number from 0 up");
  const startAt = options.startAt ?? (group !== undefined && canReplay ? "earliest" : "latest");
  if (startAt !== "latest" && !canReplay)
    throw invalid("startAt", startAt, '"latest": this broker keeps no messages for those that come later');
  if (!(startAt === "latest" || startAt === "earliest" || isMoment(startAt)))
    throw invalid("startAt", startAt, '"earliest", "latest" or a valid Date');
  return {
    topics: [...new Set(topics)],
    onMessage,
    group,
    prefetch,
    concurrency,
    orderBy,
    closeTimeoutMs,
    startAt,
  };
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

function isMoment(value: unknown): boolean {
  return value instanceof Date && !Number.isNaN(value.getTime());
}

function invalid(option: string, given: unknown, expected: string): InvalidOptionError {
  return new InvalidOptionError(`subscribe ${option}`, given, expected);
}
