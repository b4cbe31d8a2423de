import type { BrokerFeatures } from "../brokers/broker-features.js";
import type { DeadLetterQueue } from "../brokers/dead-letter-queue.js";
import { MemoryMessageBroker } from "../brokers/memory/memory-message-broker.js";
import type { Message } from "../brokers/message.js";
import type { ForwardOptions, MessageBroker, PublishOptions } from "../brokers/message-broker.js";
import type { ReceivedMessage } from "../brokers/received-message.js";
import type { SubscribeOptions, Subscription } from "../brokers/subscribe-options.js";
import { RecordingLogger } from "../mediator/flow.fixture.js";
import { brokerConformance } from "./broker-conformance.js";
import type { BrokerConformanceOptions } from "./broker-conformance-options.js";
import type { ConformanceCase } from "./conformance-case.js";

/** A broker that conforms, to be given a flaw by overriding. */
export class Conforming implements MessageBroker {
  readonly inner = new MemoryMessageBroker({ logger: new RecordingLogger() });
  readonly features: BrokerFeatures = this.inner.features;

  publish(messages: readonly Message[], options?: PublishOptions): Promise<void> {
    return this.inner.publish(messages, options);
  }

  forward(message: Pick<ReceivedMessage, "raw">, options: ForwardOptions): Promise<void> {
    return this.inner.forward(message, options);
  }

  deadLetterQueue(name: string): Promise<DeadLetterQueue> {
    return this.inner.deadLetterQueue(name);
  }

  subscribe(options: SubscribeOptions): Promise<Subscription> {
    return this.inner.subscribe(options);
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}

export type BrokerClass = new () => Conforming;

/**
 * What is wrong, the broker, and the names of the cases that find it: all of them, and no other, but where it is so
 * wrong that there are more.
 */
export type Flaw = readonly [what: string, Broker: BrokerClass, found: RegExp, andMore?: "and more"];

/** Says of itself what is not so. */
export const featured = (features: Partial<BrokerFeatures>): BrokerClass =>
  class extends Conforming {
    override readonly features = { ...this.inner.features, ...features };
  };

/** Changes each message before it is published. */
export const changing = (change: (message: Message) => Partial<Message>): BrokerClass =>
  class extends Conforming {
    override publish(messages: readonly Message[], options?: PublishOptions) {
      return super.publish(
        messages.map((message) => ({ ...message, ...change(message) })),
        options,
      );
    }
  };

/** Does something else when it publishes; `next` is what is right. */
export const publishing = (
  instead: (
    messages: readonly Message[],
    options: PublishOptions | undefined,
    next: (messages: readonly Message[], options?: PublishOptions) => Promise<void>,
  ) => Promise<void>,
): BrokerClass =>
  class extends Conforming {
    override publish(messages: readonly Message[], options?: PublishOptions) {
      return instead(messages, options, (...given) => super.publish(...given));
    }
  };

/** Changes what each subscriber asks for; `made` is what one broker keeps of its subscribers. */
export const subscribing = <Made>(
  make: () => Made,
  change: (options: SubscribeOptions, made: Made, broker: Conforming) => Partial<SubscribeOptions>,
): BrokerClass =>
  class extends Conforming {
    readonly #made = make();
    override subscribe(options: SubscribeOptions) {
      return super.subscribe({ ...options, ...change(options, this.#made, this) });
    }
  };

/** Does something else with each message; `next` is the subscriber. */
export const handling = <Made>(
  make: () => Made,
  instead: (
    message: ReceivedMessage,
    next: (message?: ReceivedMessage) => unknown,
    made: Made,
    options: SubscribeOptions,
    signal: AbortSignal,
  ) => unknown,
): BrokerClass =>
  subscribing(make, (options, made) => ({
    onMessage: (message, signal) =>
      instead(message, (given = message) => options.onMessage(given, signal), made, options, signal),
  }));

/** The id of a message; of what is none, nothing. */
export const idOf = ({ raw }: ReceivedMessage): string => raw.headers["ce-id"] ?? "";

/** A message that says something else; what is no message stays as it is. */
export function altered(message: ReceivedMessage, change: Partial<ReceivedMessage>): ReceivedMessage {
  const { raw, topic, key, attempt } = message;
  try {
    const { id, name, timestamp, headers, encoded, payload } = message;
    return { id, name, topic, key, timestamp, headers, payload, encoded, attempt, raw, ...change };
  } catch {
    return message;
  }
}

const fail = (cases: readonly ConformanceCase[]): Promise<readonly string[]> =>
  Promise.all(
    cases.map(({ name, run }) =>
      run().then(
        () => [],
        () => [name.slice(3)],
      ),
    ),
  ).then((names) => names.flat());

/** The names of the cases that fail; all run at the same moment. */
export function failures(
  create: () => MessageBroker,
  options: Partial<BrokerConformanceOptions> = {},
): Promise<readonly string[]> {
  return fail(brokerConformance({ name: "it", create, largestPayload: 20_000, ...options }));
}

/**
 * The names of the cases that fail: of those whose names are `expected`, which are not waited for that long, and, where
 * it is not to be `only` those, of all others.
 */
export async function failuresOf(
  expected: RegExp,
  only: boolean,
  options: Pick<BrokerConformanceOptions, "create" | "restart">,
): Promise<readonly string[]> {
  const cases = (timeoutMs: number, isExpected: boolean) =>
    brokerConformance({ name: "it", largestPayload: 20_000, timeoutMs, ...options }).filter(
      ({ name }) => expected.test(name) === isExpected,
    );
  const others = only ? [] : cases(30_000, false);
  return (await Promise.all([fail(cases(800, true)), fail(others)])).flat();
}

/** The names of all cases that match. */
export const titles = (expected: RegExp): readonly string[] =>
  brokerConformance({ name: "it", create: () => new Conforming() })
    .map(({ name }) => name.slice(3))
    .filter((name) => expected.test(name));
