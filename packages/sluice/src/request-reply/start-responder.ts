import type { MessageBroker } from "../brokers/message-broker.js";
import type { ReceivedMessage } from "../brokers/received-message.js";
import type { Subscription } from "../brokers/subscribe-options.js";
import { buryIn } from "../consumers/bury-in.js";
import { DeadLetters } from "../consumers/dead-letters.js";
import { InvalidOptionError } from "../errors/invalid-option-error.js";
import { consoleLogger, guardLogger, type Logger } from "../handlers/logger.js";
import type { Mediator } from "../mediator/mediator.js";
import type { MessageRegistry } from "../messages/message-registry.js";
import { Responder } from "./responder.js";

export interface ResponderOptions {
  /** What carries requests and replies. Whoever made it closes it, after the responder. */
  readonly broker: MessageBroker;
  /** Where requests come. */
  readonly topic: string;
  /** The consumer group: instances of one service have the same, and share the requests. */
  readonly group: string;
  /** Names the requests that are answered: what is not registered is refused. */
  readonly registry: MessageRegistry;
  /** Handles them. Whoever made it closes it, after the responder. */
  readonly mediator: Mediator;
  /** How many requests are handled at the same moment, streams among them. From 1 up. @default 100 */
  readonly concurrency?: number | undefined;
  /** How many requests may be taken and not answered. From 1 to 100,000. @default as many as concurrency */
  readonly prefetch?: number | undefined;
  /**
   * Whether requesters are told what an unexpected error says. They always are told of a `ProblemError`, and of input that
   * a schema refuses.
   * @default false
   */
  readonly exposeErrors?: boolean | undefined;
  /**
   * Where a message goes that is no request with a way for its reply, or whose reply could not be sent in four tries: the
   * name of a queue of dead letters at the broker, or a function, after which it is acknowledged.
   * @default "<group>.dead-letters"
   */
  readonly deadLetter?: string | ((message: ReceivedMessage, error: unknown) => unknown) | undefined;
  /** How long `close()` waits for what is being handled, in milliseconds from 0 up. @default 10_000 */
  readonly closeTimeoutMs?: number | undefined;
  /** @default console */
  readonly logger?: Logger | undefined;
}

export type ResponderSettings = {
  readonly [Option in keyof Omit<ResponderOptions, "deadLetter">]-?: NonNullable<ResponderOptions[Option]>;
} & { readonly deadLetters: DeadLetters };

/**
 * Starts to answer requests that come over a broker, through a mediator: each is sent or streamed, and what comes of it goes
 * back to whoever asked. Resolves when the subscriptions stand.
 *
 * - A request is handled at least once: where this process dies over it, another one of the group handles it again. One
 *   whose requester has stopped waiting is not begun.
 * - The handler's signal aborts when the requester calls it off, was lost (30 s of silence), or this side closes.
 * - A stream runs as far ahead as its requester has granted, then its handler waits at its `yield`.
 * - A handler that fails is not tried again: the requester is told, with problem details as over HTTP.
 * - A request whose reply cannot be sent is handled again, three times at most, then it is a dead letter.
 * - Whether its requester has stopped waiting is told by the clocks of both: they should differ by less than `timeoutMs`.
 *
 * @throws {InvalidOptionError} an option is out of range, or the broker has no subscriptions.
 */
export async function startResponder(options: ResponderOptions): Promise<Subscription> {
  const { broker, topic, group, registry, mediator, concurrency = 100, exposeErrors = false } = options;
  if (typeof broker?.subscribe !== "function")
    throw invalid("broker", broker, "a MessageBroker with subscribe()");
  for (const [name, given] of Object.entries({ topic, group })) {
    if (typeof given !== "string" || given === "")
      throw invalid(name, given, "a string with at least one character");
  }
  if (typeof registry?.decode !== "function") throw invalid("registry", registry, "a MessageRegistry");
  if (typeof mediator?.handles !== "function")
    throw invalid("mediator", mediator, "a mediator that bootstrap() made");
  const { prefetch = concurrency, closeTimeoutMs = 10_000 } = options;
  const logger = guardLogger(options.logger ?? consoleLogger);
  const settings = { broker, topic, group, registry, mediator, concurrency, prefetch, exposeErrors };
  const deadLetters = new DeadLetters(await buryIn(broker, options, "startResponder"), group, logger);
  return new Responder({ ...settings, closeTimeoutMs, logger, deadLetters }).start();
}

function invalid(option: string, given: unknown, expected: string): InvalidOptionError {
  return new InvalidOptionError(`startResponder ${option}`, given, expected);
}
