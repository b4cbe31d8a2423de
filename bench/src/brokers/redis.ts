import { redis } from "@sluice-internal/services";
import { Redis } from "ioredis";
import { RedisBroker } from "sluice/brokers/redis";
import type { Row } from "../work.js";
import { type BareClient, besideClient } from "./beside-client.js";
import { group, headersByHand, prefetch } from "./messages.js";

/** The disk synced each time, and each second. */
export async function* besideIoredis(): AsyncGenerator<Row> {
  for (const appendfsync of ["always", "everysec"]) {
    const server = await redis.start({ settings: { appendfsync } });
    const client = new Redis(server.url);
    const broker = new RedisBroker({ connection: server.url });
    try {
      yield* besideClient(`Redis (appendfsync ${appendfsync})`, broker, bareRedis(client));
    } finally {
      await broker.close();
      client.disconnect();
      await server.stop();
    }
  }
}

const bareRedis = (client: Redis): BareClient => ({
  name: "ioredis",
  create: (topic) => client.xgroup("CREATE", topic, group, "0", "MKSTREAM"),

  async publish(batch) {
    const pipeline = client.pipeline();
    for (const message of batch) {
      const { topic, payload } = message;
      const fields = {
        ...headersByHand(message, "ce-"),
        "content-type": "application/json",
        data: JSON.stringify(payload),
      };
      pipeline.xadd(topic, "*", ...Object.entries(fields).flat());
    }
    for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error;
  },

  async consume(topic, seen) {
    const reader = client.duplicate();
    const acknowledged: Promise<unknown>[] = [];
    while (!seen.isComplete) {
      const from = [
        "GROUP",
        group,
        "bare",
        "COUNT",
        prefetch,
        "BLOCK",
        1_000,
        "STREAMS",
        topic,
        ">",
      ] as const;
      const read = (await reader.xreadgroup(...from)) ?? [];
      const [[, entries] = ["", []]] = read as [string, [string, string[]][]][];
      for (const [, fields] of entries) {
        const named = new Map<string, string>();
        for (let at = 0; at < fields.length; at += 2) named.set(fields[at] ?? "", fields[at + 1] ?? "");
        seen.see(JSON.parse(named.get("data") ?? "{}"));
      }
      acknowledged.push(client.xack(topic, group, ...entries.map(([id]) => id)));
    }
    await Promise.all(acknowledged);
    reader.disconnect();
  },
});
