import type { Message } from "../brokers/message.js";
import type { PublishOptions } from "../brokers/message-broker.js";
import type { SubscribeOptions } from "../brokers/subscribe-options.js";
import type { BrokerConformanceOptions } from "./broker-conformance-options.js";
import { type BrokerClass, Conforming } from "./flawed-brokers.fixture.js";

interface Server {
  isDown: boolean;
  restarts: number;
}

/** A server that is down for a moment, and the brokers that use it. */
const withServer = (brokerOf: (server: Server) => BrokerClass) => () => {
  const server = { isDown: false, restarts: 0 };
  const Broker = brokerOf(server);
  const restart = async () => {
    server.isDown = true;
    server.restarts++;
    await new Promise((resolve) => setTimeout(resolve, 10));
    server.isDown = false;
  };
  return { create: () => new Broker(), restart };
};

type RestartFlaw = readonly [
  what: string,
  under: () => Pick<BrokerConformanceOptions, "create" | "restart">,
  found: RegExp,
];

/** Of what becomes of messages when the server is killed and comes back. */
export const restartFlaws: readonly RestartFlaw[] = [
  [
    "says it has taken what it publishes to a server that is down",
    withServer(
      (server) =>
        class extends Conforming {
          override async publish(messages: readonly Message[], options?: PublishOptions) {
            if (!server.isDown) await super.publish(messages, options);
          }
        },
    ),
    /loses nothing while the server/,
  ],
  [
    "does not come back to its server",
    withServer(
      (server) =>
        class extends Conforming {
          override async publish(messages: readonly Message[], options?: PublishOptions) {
            if (server.restarts > 0) throw new Error("The connection is lost.");
            await super.publish(messages, options);
          }
        },
    ),
    /loses nothing while the server/,
  ],
  [
    "no longer receives anything once its server was down",
    withServer(
      (server) =>
        class extends Conforming {
          override subscribe(options: SubscribeOptions) {
            const before = server.restarts;
            const onMessage: SubscribeOptions["onMessage"] = (message, signal) =>
              server.restarts === before ? options.onMessage(message, signal) : undefined;
            return super.subscribe({ ...options, onMessage });
          }
        },
    ),
    /loses nothing while the server/,
  ],
  [
    "keeps messages in the memory of its server",
    withServer(
      (server) =>
        class extends Conforming {
          override subscribe(options: SubscribeOptions) {
            if (server.restarts === 0) return super.subscribe(options);
            return super.subscribe({ ...options, group: `${options.group} again`, startAt: "latest" });
          }
        },
    ),
    /keeps what nobody has handled/,
  ],
];
