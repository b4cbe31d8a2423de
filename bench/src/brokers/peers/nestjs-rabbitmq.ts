import { ClientProxyFactory, type RmqContext, type RmqOptions, Transport } from "@nestjs/microservices";
import { lastValueFrom } from "rxjs";
import { prefetch } from "../messages.js";
import { handleWithNestjs } from "./nestjs.js";
import type { Side } from "./side.js";

const pattern = "order.placed";

/**
 * Over amqplib, confirmed and persistent, to a quorum queue as ours is. Handlers acknowledge by hand, as its documentation
 * shows, and run at the same time: there is no order per key. An event has no id.
 */
export const nestjsOnRabbitMQ = (url: string): Side => ({
  name: "@nestjs/microservices, amqplib",

  async openPublisher(topic) {
    const client = ClientProxyFactory.create(optionsFor(url, topic));
    await client.connect();
    return {
      publish: ({ payload }) => lastValueFrom(client.emit(pattern, payload)),
      [Symbol.asyncDispose]: async () => client.close(),
    };
  },

  consume(topic, seen) {
    const options = optionsFor(url, topic, { noAck: false, prefetchCount: prefetch });
    return handleWithNestjs<RmqContext>(options, pattern, seen, (context) =>
      context.getChannelRef().ack(context.getMessage()),
    );
  },
});

const optionsFor = (url: string, queue: string, more: RmqOptions["options"] = {}): RmqOptions => ({
  transport: Transport.RMQ,
  options: {
    urls: [url],
    queue,
    queueOptions: { durable: true, arguments: { "x-queue-type": "quorum" } },
    persistent: true,
    ...more,
  },
});
