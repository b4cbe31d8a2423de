import { type ChannelsBroker, Middleware, ServiceBroker } from "@sluice-internal/moleculer";
import type { Message } from "sluice";
import { group, prefetch } from "../messages.js";
import type { Side } from "./side.js";

/** What differs from transport to transport. */
interface Transport {
  /** The driver. */
  readonly driver: string;
  readonly adapter: "Kafka" | "AMQP" | "NATS" | "Redis";
  /** Of the adapter. */
  readonly options: object;
  /** Of the channel of a service. */
  readonly channel?: object;
  readonly send?: (broker: ChannelsBroker, message: Message) => Promise<unknown>;
  readonly create?: Side["create"];
}

/**
 * Services that speak by @moleculer/channels, which keeps messages and acknowledges them after the handler. moleculer's own
 * transporters deliver at most once, and are not compared. A message has neither id nor headers.
 */
export function moleculerOn({ driver, adapter, options, channel, send, create }: Transport): Side {
  const start = async (topic?: string, see: (payload: unknown) => void = () => {}) => {
    const middleware = Middleware({
      adapter: { type: adapter, options: { ...options, maxInFlight: prefetch } },
    });
    const broker = new ServiceBroker({
      nodeID: crypto.randomUUID(),
      logger: false,
      skipProcessEventRegistration: true,
      middlewares: [middleware],
    }) as ChannelsBroker;
    const handler = async (payload: unknown) => see(payload);
    if (topic !== undefined)
      broker.createService({ name: "inventory", channels: { [topic]: { group, ...channel, handler } } });
    await broker.start();
    return broker;
  };
  return {
    name: `@moleculer/channels, ${driver}`,
    create: create ?? (async (topic) => (await start(topic)).stop()),

    async openPublisher() {
      const broker = await start();
      return {
        publish: (message) => send?.(broker, message) ?? broker.sendToChannel(message.topic, message.payload),
        [Symbol.asyncDispose]: () => broker.stop(),
      };
    },

    async consume(topic, seen) {
      const broker = await start(topic, (payload) => seen.see(payload));
      await seen.all;
      await broker.stop();
    },
  };
}
