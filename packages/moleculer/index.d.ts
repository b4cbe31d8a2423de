import type { Middleware as MoleculerMiddleware, ServiceBroker } from "moleculer";

export { ServiceBroker } from "moleculer";

/** Gives the broker `sendToChannel`, and its services `channels`. The package's own types want every option. */
export function Middleware(options: {
  readonly adapter: { readonly type: "Kafka" | "AMQP" | "NATS" | "Redis"; readonly options: object };
}): MoleculerMiddleware;

/** A broker with that middleware. */
export interface ChannelsBroker extends ServiceBroker {
  sendToChannel(channel: string, payload: unknown, options?: object): Promise<void>;
}
