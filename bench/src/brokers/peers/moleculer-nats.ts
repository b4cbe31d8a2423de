import { moleculerOn } from "./moleculer.js";
import type { Side } from "./side.js";

/**
 * Over JetStream by a push consumer, with no id by which the server would know a message again. Handlers run at the same time:
 * there is no order per key.
 */
export const moleculerOnNats = (url: string): Side =>
  moleculerOn({
    driver: "nats",
    adapter: "NATS",
    options: { nats: { url, consumerOptions: { config: { deliver_policy: "all" } } } },
  });
