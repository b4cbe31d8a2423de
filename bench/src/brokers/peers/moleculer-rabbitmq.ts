import { once } from "node:events";
import type { EventEmitter } from "node:stream";
import { moleculerOn } from "./moleculer.js";
import type { Side } from "./side.js";

/**
 * Over amqplib, persistent, by an exchange to a quorum queue as ours. It publishes without confirmation: `publish` has only
 * written. Handlers run at the same time: there is no order per key.
 */
export const moleculerOnRabbitMQ = (url: string): Side =>
  moleculerOn({
    driver: "amqplib, unconfirmed",
    adapter: "AMQP",
    options: {
      amqp: {
        url,
        queueOptions: { durable: true, arguments: { "x-queue-type": "quorum" } },
        messageOptions: { persistent: true },
      },
    },
    async send(broker, { topic, payload }) {
      try {
        await broker.sendToChannel(topic, payload);
      } catch (error) {
        // It has written it all the same, and wants no more for now.
        if (!(error as Error).message.includes("Write buffer is full")) throw error;
        const { channel } = (broker as unknown as { channelAdapter: { channel: EventEmitter } })
          .channelAdapter;
        await once(channel, "drain");
      }
    },
  });
