import { InvalidOptionError } from "../../errors/invalid-option-error.js";
import { BrokerUnavailableError } from "../publish-errors.js";
import type { StartAt } from "../subscribe-options.js";
import type { NatsClient } from "./nats-client.js";
import type { NatsConsumerInfo } from "./nats-connection.js";
import { apiCodes, codeOf, jetStreamProblem } from "./nats-errors.js";
import { natsName } from "./nats-names.js";
import type { NatsStreams } from "./nats-streams.js";

const nanos = 1_000_000;

/** The one priority group of a consumer that lets one member at a time have its messages. */
export const pinnedGroup = "sluice";

/** A consumer on the server: the place of a group, or of a subscriber without one, in a topic. */
export interface NatsConsumer {
  readonly stream: string;
  readonly name: string;
  /** What was delivered before, by its number in the stream. */
  readonly lastSeq: number;
  readonly ackWaitMs: number;
}

export interface NatsConsumersOptions {
  readonly client: NatsClient;
  readonly streams: NatsStreams;
  readonly ackWaitMs: number;
  readonly isPinned: boolean;
}

/** Where a new consumer begins: as `startAt`, or behind the message of this number. */
export type NatsStart = StartAt | number;

/** Finds and makes consumers. A topic has one for each group, and for each subscriber without a group. */
export class NatsConsumers {
  readonly #options: NatsConsumersOptions;

  constructor(options: NatsConsumersOptions) {
    this.#options = options;
  }

  /**
   * The durable consumer of a group at a topic, which is made where there is none.
   *
   * @throws {InvalidOptionError} the name belongs to a consumer of another kind.
   * @throws {BrokerUnavailableError} the server has no such topic, or does not let it be consumed.
   */
  async ofGroup(group: string, topic: string, start: NatsStart): Promise<NatsConsumer> {
    const stream = await this.#options.streams.of(topic);
    const name = `${natsName(group)}@${natsName(topic)}`;
    const { client } = this.#options;
    const find = () =>
      client
        .ask(({ consumers }) => consumers.info(stream, name))
        .catch((error: unknown) => {
          if (codeOf(error) === apiCodes.consumerNotFound) return undefined;
          throw unavailable(topic, error);
        });
    const known = await find();
    if (known !== undefined) return this.#checked(known, group, topic);
    const { ackWaitMs, isPinned } = this.#options;
    const config = {
      durable_name: name,
      filter_subject: topic,
      ack_policy: "explicit",
      ack_wait: ackWaitMs * nanos,
      // How often it may be tried is for others to say, and how much is in flight for each member.
      max_deliver: -1,
      max_ack_pending: -1,
      ...(isPinned && {
        priority_policy: "pinned_client",
        priority_groups: [pinnedGroup],
        // Longer than ackWait: who is pinned next gets what the last one left before anything newer.
        priority_timeout: ackWaitMs * 1.5 * nanos,
      }),
      ...startConfig(start),
    };
    const made = await client
      .ask(({ consumers }) => consumers.add(stream, config))
      .catch(async (error: unknown) => {
        // Another member may have made it meanwhile, to begin elsewhere.
        const other = await find();
        if (other === undefined) throw unavailable(topic, error);
        return other;
      });
    return this.#checked(made, group, topic);
  }

  /** A consumer that goes when nobody asks it for five minutes. It expects no acknowledgements. */
  async ofNobody(topic: string, start: NatsStart): Promise<NatsConsumer> {
    const stream = await this.#options.streams.of(topic);
    const { client } = this.#options;
    const config = {
      name: `sluice-${crypto.randomUUID()}`,
      filter_subject: topic,
      ack_policy: "none",
      mem_storage: true,
      num_replicas: 1,
      inactive_threshold: 300_000 * nanos,
      ...startConfig(start),
    };
    const made = await client
      .ask(({ consumers }) => consumers.add(stream, config))
      .catch((error: unknown) => {
        throw unavailable(topic, error);
      });
    return { stream, name: made.name, lastSeq: made.delivered.stream_seq, ackWaitMs: 0 };
  }

  /** What the server says of it now. */
  info({ stream, name }: NatsConsumer): Promise<NatsConsumerInfo> {
    return this.#options.client.ask(({ consumers }) => consumers.info(stream, name));
  }

  async delete({ stream, name }: NatsConsumer): Promise<void> {
    await this.#options.client.ask(({ consumers }) => consumers.delete(stream, name));
  }

  /** Lets another member be pinned. */
  async unpin({ stream, name }: NatsConsumer): Promise<void> {
    await this.#options.client.ask(({ consumers }) => consumers.unpin(stream, name, pinnedGroup));
  }

  #checked(info: NatsConsumerInfo, group: string, topic: string): NatsConsumer {
    const { config, name, stream_name: stream, delivered } = info;
    const { ack_policy, ack_wait = 0, deliver_subject, filter_subject } = config;
    const isPinned = config.priority_policy === "pinned_client";
    const problem =
      deliver_subject !== undefined
        ? "it is a push consumer"
        : ack_policy !== "explicit"
          ? `its ack policy is ${ack_policy}`
          : filter_subject !== topic
            ? `it filters ${filter_subject ?? config.filter_subjects}`
            : isPinned !== this.#options.isPinned
              ? `its priority policy is ${config.priority_policy ?? "none"}`
              : undefined;
    if (problem !== undefined) {
      const needed = this.#options.isPinned ? "explicit and pinned_client" : "explicit";
      const expected = `a group whose consumer ${name} on stream ${stream} is a pull consumer of ${topic}, ${needed}; ${problem}`;
      throw new InvalidOptionError("subscribe group", group, expected, "Take another name, or delete it.");
    }
    return { stream, name, lastSeq: delivered.stream_seq, ackWaitMs: ack_wait / nanos };
  }
}

function startConfig(start: NatsStart): object {
  if (start === "earliest") return { deliver_policy: "all" };
  if (start === "latest") return { deliver_policy: "new" };
  if (typeof start === "number") return { deliver_policy: "by_start_sequence", opt_start_seq: start + 1 };
  return { deliver_policy: "by_start_time", opt_start_time: start.toISOString() };
}

function unavailable(topic: string, error: unknown): BrokerUnavailableError {
  const what = `NATS gives no consumer of ${topic}: ${jetStreamProblem(error)}.`;
  return new BrokerUnavailableError(what, { cause: error });
}
