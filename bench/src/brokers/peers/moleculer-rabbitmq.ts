import { type EventEmitter, once } from "node:events";
import type { ChannelsBroker } from "@sluice-internal/moleculer";
import { moleculerOn } from "./moleculer.js";
import type { Side } from "./side.js";

/**
 * Over amqplib, persistent, by an exchange to a quorum queue as ours. It publishes without confirmation: `publish` has only
 * written. Handlers run at the same time: there is no order per key.
 */
export function moleculerOnRabbitMQ(url: string): Side {
  const amqp = {
    url,
    queueOptions: { durable: true, arguments: { "x-queue-type": "quorum" } },
    messageOptions: { persistent: true },
  };
  let drained: Promise<unknown> | undefined;
  return moleculerOn({
    driver: "amqplib, unconfirmed",
    adapter: "AMQP",
    options: { amqp },
    async send(broker, { topic, payload }) {
      try {
        await broker.sendToChannel(topic, payload);
      } catch (error) {
        // It has written it all the same, and wants no more for now.
        if (!(error as Error).message.includes("Write buffer is full")) throw error;
        drained ??= once(channelOf(broker), "drain").finally(() => {
          drained = undefined;
        });
        await drained;
      }
    },
  });
}

function channelOf(broker: ChannelsBroker): EventEmitter {
  return (broker as unknown as { channelAdapter: { channel: EventEmitter } }).channelAdapter.channel;
}
