import type { Logger } from "../../handlers/logger.js";
import { BrokerClosedError } from "../broker-closed-error.js";
import { Deliveries } from "../deliveries.js";
import type { Outcome } from "../delivery.js";
import { WireReceivedMessage } from "../received-message.js";
import type { SubscribeSettings, Subscription } from "../subscribe-options.js";
import type { WireFormat } from "../wire-format.js";
import { NatsAcknowledger } from "./nats-acknowledger.js";
import type { NatsClient } from "./nats-client.js";
import type { NatsMessage } from "./nats-connection.js";
import type { NatsConsumer, NatsConsumers } from "./nats-consumers.js";
import { inWords } from "./nats-errors.js";
import { NatsPull } from "./nats-pull.js";
import { type NatsDelivery, natsBinding, natsWireMessage } from "./nats-wire.js";

/** Enough for a server far away; more would only fill buffers. */
const mostAsked = 1_000;
const lookMs = 10_000;
const lastWordMs = 5_000;

export interface NatsSubscriptionOptions {
  readonly client: NatsClient;
  readonly consumers: NatsConsumers;
  readonly settings: SubscribeSettings;
  readonly format: WireFormat;
  readonly logger: Logger;
  readonly isPinned: boolean;
  readonly onClose: () => void;
}

interface Held {
  readonly received: WireReceivedMessage;
  readonly settled: ((outcome: Outcome) => void) | undefined;
  readonly seq: number;
}

/** A member of a group, or a subscriber by itself, at a consumer for each of its topics. */
export class NatsSubscription implements Subscription {
  readonly #options: NatsSubscriptionOptions;
  readonly #deliveries: Deliveries;
  readonly #pulls: readonly NatsPull[];
  readonly #acknowledger: NatsAcknowledger | undefined;
  readonly #share: number;
  /** By the topic's place, what is not to be handled yet. */
  readonly #held = new Map<number, Held[]>();
  #holding: Promise<unknown> = Promise.resolve();
  #scope;
  #next = 0;
  #isFilling = false;
  #looking: ReturnType<typeof setInterval> | undefined;
  #stopListening: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: NatsSubscriptionOptions) {
    this.#options = options;
    const { client, consumers, settings, logger, isPinned } = options;
    const { topics, group, startAt, prefetch } = settings;
    this.#deliveries = new Deliveries(settings, {
      logger,
      canDelay: group !== undefined,
      countsDeliveries: true,
    });
    this.#scope = this.#deliveries.scope();
    this.#acknowledger = group === undefined ? undefined : new NatsAcknowledger(client, isPinned);
    this.#share = Math.min(mostAsked, Math.max(1, Math.floor(prefetch / topics.length)));
    this.#pulls = topics.map(
      (topic, place) =>
        new NatsPull({
          client,
          isPinned: isPinned && group !== undefined,
          isOrdered: group === undefined,
          consumer: (before) => consumerOf(consumers, topic, group, before, startAt),
          isMissingAny: (consumer) => this.#isMissingAny(consumer, place),
          onPinned: (consumer) => {
            this.#holding = Promise.all([this.#holding, this.#holdBack(consumer, place)]);
          },
          onMessage: (message, delivery) => this.#take(message, delivery, place),
          onReady: () => this.#fill(),
          onUnpinned: () => this.#unpinned(),
          onTrouble: (error) => {
            const what = `The consumer of ${topic} is asked again: ${inWords(error)}.`;
            logger.warn({ topic, group, error }, what);
          },
        }),
    );
  }

  /** Resolves when the consumers stand. */
  async start(): Promise<void> {
    const { client } = this.#options;
    try {
      for (const pull of this.#pulls) await pull.open();
    } catch (error) {
      await this.close();
      throw error;
    }
    if (this.#closing !== undefined) {
      await this.#closing;
      throw new BrokerClosedError("NatsBroker", "subscribe");
    }
    this.#stopListening = client.listen({
      onReconnect: () => {
        this.#acknowledger?.reconnected();
        for (const pull of this.#pulls) pull.restart();
      },
    });
    this.#looking = setInterval(() => {
      for (const pull of this.#pulls) pull.look();
    }, lookMs);
    const ackWaitMs = Math.min(...this.#pulls.map(({ consumer }) => consumer?.ackWaitMs ?? 0));
    this.#acknowledger?.start(ackWaitMs, () => {
      for (const pull of this.#pulls) pull.keepPin();
    });
    this.#fill();
  }

  /** Asks for as many messages as there is room for, over all topics. */
  #fill(): void {
    if (this.#closing !== undefined || this.#isFilling || this.#options.client.connected === undefined)
      return;
    this.#isFilling = true;
    let free = this.#deliveries.free - this.#pulls.reduce((sum, { asked }) => sum + asked, 0);
    for (const held of this.#held.values()) free -= held.length;
    // Where there are more topics than messages may be in flight, they take turns.
    const isShort = this.#options.settings.prefetch < this.#pulls.length;
    for (let turn = 0; turn < this.#pulls.length && free > 0; turn++) {
      const pull = this.#pulls[this.#next] as NatsPull;
      this.#next = (this.#next + 1) % this.#pulls.length;
      if (!pull.isReady) continue;
      const count = Math.min(free, this.#share - pull.asked);
      if (count <= 0 || (pull.asked > 0 && count < this.#share / 2)) continue;
      pull.ask(count, isShort);
      free -= count;
    }
    this.#isFilling = false;
  }

  /** Whether the server has given messages to somebody who has not answered for them, and may be gone. */
  async #isMissingAny(consumer: NatsConsumer, place: number): Promise<boolean> {
    const { num_ack_pending, num_waiting } = await this.#options.consumers.info(consumer);
    // Where other members wait, each takes what comes.
    if (!this.#options.isPinned && num_waiting > 0) return false;
    return num_ack_pending > (this.#acknowledger?.open(place) ?? 0);
  }

  /**
   * Holds back what comes until all is here that the member pinned before did not finish: the server gives that first, but
   * in no order.
   */
  async #holdBack(consumer: NatsConsumer, place: number): Promise<void> {
    const held: Held[] = [];
    this.#held.set(place, held);
    // It is due after ackWait; a server that is busy is later.
    const until = performance.now() + 2 * consumer.ackWaitMs;
    const isMissingAny = () => this.#isMissingAny(consumer, place).catch(() => true);
    while (this.#closing === undefined && performance.now() < until && (await isMissingAny()))
      await pause(20);
    if (this.#held.get(place) === held) this.#held.delete(place);
    for (const { received, settled } of held.sort((a, b) => a.seq - b.seq)) this.#handle(received, settled);
    this.#fill();
  }

  #take(message: NatsMessage, delivery: NatsDelivery, place: number): void {
    const { format } = this.#options;
    const settled = this.#acknowledger?.take(place, message.reply ?? "", delivery.streamSeq);
    // It came again while it is under way here.
    if (this.#acknowledger !== undefined && settled === undefined) return;
    const wire = natsWireMessage(message, new Date(delivery.timestampMs));
    const received = new WireReceivedMessage(wire, message.subject, delivery.count, format, natsBinding);
    const held = this.#held.get(place);
    if (held === undefined) this.#handle(received, settled);
    else held.push({ received, settled, seq: delivery.streamSeq });
    this.#fill();
  }

  #handle(received: WireReceivedMessage, settled: ((outcome: Outcome) => void) | undefined): void {
    this.#scope.add(received, (outcome) => {
      settled?.(outcome);
      this.#fill();
    });
  }

  /** What this member still has goes to the one that is pinned now; what it is handling it ends. */
  #unpinned(): void {
    const given = this.#scope;
    this.#scope = this.#deliveries.scope();
    void given.close(this.#options.settings.closeTimeoutMs).then(() => this.#acknowledger?.release());
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { logger, onClose } = this.#options;
    clearInterval(this.#looking);
    this.#stopListening?.();
    const isHandled = this.#deliveries.close();
    await Promise.all([isHandled, ...this.#pulls.map((pull) => pull.close()), this.#holding]);
    const problem = await within(lastWordMs, this.#sayLast());
    if (problem !== undefined)
      logger.debug({ problem }, "NATS was not told that a subscription ended; it finds out.");
    onClose();
  }

  async #sayLast(): Promise<void> {
    const { client, consumers, settings } = this.#options;
    await this.#acknowledger?.close();
    if (client.connected === undefined) return;
    for (const { consumer, hasPin } of this.#pulls) {
      if (consumer === undefined) continue;
      if (settings.group === undefined) await consumers.delete(consumer);
      else if (hasPin) await consumers.unpin(consumer);
    }
    await client.connected?.flush();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function consumerOf(
  consumers: NatsConsumers,
  topic: string,
  group: string | undefined,
  before: NatsConsumer | undefined,
  startAt: SubscribeSettings["startAt"],
): Promise<NatsConsumer> {
  if (group !== undefined) return consumers.ofGroup(group, topic, startAt);
  if (before !== undefined) consumers.delete(before).catch(() => {});
  return consumers.ofNobody(topic, before?.lastSeq ?? startAt);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** What went wrong, if anything, or that it took too long. */
async function within(ms: number, work: Promise<unknown>): Promise<unknown> {
  const late = Promise.withResolvers<unknown>();
  const timer = setTimeout(() => late.resolve(`it took longer than ${ms} ms`), ms);
  const problem = await Promise.race([
    late.promise,
    work.then(
      () => undefined,
      (error: unknown) => error,
    ),
  ]);
  clearTimeout(timer);
  return problem;
}
