// Started by mover-process.ts: moves rows in a process of its own, by a relay or by hand, until it is disconnected.
import pg from "pg";
import { startRelay } from "sluice/outbox";
import { PostgresOutbox } from "sluice/stores/postgres";
import { channelByHand, moveByHand } from "./hand.js";
import { registry } from "./moved.js";
import { nowMs } from "./now-ms.js";

export interface MoverOrder {
  readonly way: "by a relay" | "by hand";
  readonly url: string;
  /** Whether it is woken by NOTIFY. It looks each half second all the same. */
  readonly listens: boolean;
  readonly batchSize?: number;
  readonly lanes?: number;
  /** How long the broker takes for a batch, in milliseconds. */
  readonly brokerMs?: number;
}

export type MoverReport =
  | { readonly kind: "ready" }
  | { readonly kind: "published"; readonly rows: number; readonly atMs: number }
  | { readonly kind: "usage"; readonly queries: number; readonly cpuMs: number; readonly atMs: number };

const order = JSON.parse(process.argv[2] ?? "") as MoverOrder;
const { batchSize = 1_000, lanes = 4, brokerMs = 0 } = order;
const pool = new pg.Pool({ connectionString: order.url });
let queries = 0;
pool.on("connect", (client) => {
  const { query } = client;
  client.query = ((...args: Parameters<typeof query>) => {
    queries++;
    return query.apply(client, args);
  }) as typeof query;
});

const report = (message: MoverReport) => process.send?.(message);
const publish = async (rows: number) => {
  if (brokerMs > 0) await new Promise((resolve) => setTimeout(resolve, brokerMs));
  report({ kind: "published", rows, atMs: nowMs() });
};
const stop = order.way === "by hand" ? await startByHand() : await startByRelay();

process.on("message", () => {
  const { user, system } = process.cpuUsage();
  report({ kind: "usage", queries, cpuMs: (user + system) / 1_000, atMs: nowMs() });
});
process.on("disconnect", async () => {
  await stop();
  await pool.end();
});
report({ kind: "ready" });

async function startByRelay(): Promise<() => Promise<void>> {
  const outbox = new PostgresOutbox(pool, { registry, notify: order.listens });
  const broker = {
    publish: (messages: readonly unknown[]) => publish(messages.length),
    async close() {},
  };
  const relay = await startRelay({ outbox, broker, batchSize, lanes });
  return () => relay.close();
}

async function startByHand(): Promise<() => void> {
  const client = await pool.connect();
  let moving: Promise<unknown> = Promise.resolve();
  const move = () => {
    moving = moving.then(async () => {
      while ((await moveByHand(client, batchSize, publish)) > 0);
    });
  };
  const look = async () => {
    const { rows } = await client.query("select id from by_hand order by id limit 1");
    if (rows.length > 0) move();
  };
  if (order.listens) {
    client.on("notification", move);
    await client.query(`listen ${channelByHand}`);
  }
  const timer = setInterval(look, 500);
  return () => {
    clearInterval(timer);
    client.release();
  };
}
