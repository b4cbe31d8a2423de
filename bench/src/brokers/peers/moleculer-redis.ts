import { moleculerOn } from "./moleculer.js";
import type { Side } from "./side.js";

/** Over Redis Streams. Acknowledges one message after another. Handlers run at the same time: there is no order per key. */
export const moleculerOnRedis = (url: string): Side =>
  moleculerOn({
    driver: "ioredis",
    adapter: "Redis",
    options: { redis: { url, consumerOptions: { startID: "0" } } },
  });
