import type { Subscription } from "../brokers/subscribe-options.js";
import { InvalidOptionError } from "../errors/invalid-option-error.js";
import { consoleLogger, guardLogger } from "../handlers/logger.js";
import { buryIn } from "./bury-in.js";
import type { ConsumeOptions } from "./consume-options.js";
import { Consumer, type ConsumerWork } from "./consumer.js";
import { DeadLetters } from "./dead-letters.js";
import { Pause } from "./pause.js";
import { RetryPolicy } from "./retry-policy.js";

/** What every consumer is told, whatever it does with the messages. */
export type StartOptions = Omit<
  ConsumeOptions,
  "mediator" | "inbox" | "transaction" | "scope" | "replyTopic"
>;

/**
 * Subscribes; `caller` is whose options these are.
 *
 * @throws {InvalidOptionError} an option is out of range, or the broker has no subscriptions.
 */
export async function startConsumer(
  caller: string,
  options: StartOptions,
  work: ConsumerWork,
): Promise<Subscription> {
  const { broker, group, registry, pauseMs = 1_000 } = options;
  const invalid = (option: string, given: unknown, expected: string) =>
    new InvalidOptionError(`${caller} ${option}`, given, expected);
  if (typeof broker?.subscribe !== "function")
    throw invalid("broker", broker, "a MessageBroker with subscribe()");
  if (typeof registry?.decode !== "function") throw invalid("registry", registry, "a MessageRegistry");
  if (typeof group !== "string" || group === "")
    throw invalid("group", group, "a string with at least one character");
  if (!(Number.isFinite(pauseMs) && pauseMs >= 1)) throw invalid("pauseMs", pauseMs, "a number from 1 up");
  const policy = new RetryPolicy(options.retry);
  const logger = guardLogger(options.logger ?? consoleLogger);
  const deadLetters = new DeadLetters(await buryIn(broker, options, caller), group, logger);
  const pause = new Pause(pauseMs, group, logger);
  const { onMessage } = new Consumer(options, { work, policy, deadLetters, pause, logger });
  const { topics, prefetch, concurrency, orderBy, startAt, closeTimeoutMs } = options;
  return broker.subscribe({
    topics,
    group,
    prefetch,
    concurrency,
    orderBy,
    startAt,
    closeTimeoutMs,
    onMessage,
  });
}
