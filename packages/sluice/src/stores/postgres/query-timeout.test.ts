import { expect, it } from "vitest";
import { MessageRegistry } from "../../messages/message-registry.js";
import type { PgQuery } from "./postgres-drivers.js";
import { PostgresOutbox } from "./postgres-outbox.js";
import { TimedClients } from "./timed-clients.js";

const registry = new MessageRegistry();

function recordingPool() {
  const queries: PgQuery[] = [];
  const query = async (given: PgQuery) => {
    queries.push(given);
    return { rows: [{}], rowCount: 1 };
  };
  return { pool: { query, connect: async () => ({ query, release() {} }) }, queries };
}

it("statements of a relay end soon, others take their time (O3)", async () => {
  const { pool, queries } = recordingPool();
  const { queue } = new PostgresOutbox(pool, { registry, queryTimeoutMs: 2_000 });
  await queue.leases.renew({ name: "r", token: "t", leaseMs: 1_000 });
  expect(queries.map((each) => each.query_timeout)).toEqual(queries.map(() => 2_000));
  queries.length = 0;
  await queue.desk.stats().catch(() => {});
  expect(queries.map((each) => each.query_timeout)).toEqual(queries.map(() => undefined));
  expect(queries).not.toEqual([]);
});

it("they have no limit when not told of one", async () => {
  const { pool, queries } = recordingPool();
  await new PostgresOutbox(pool, { registry }).queue.leases.renew({ name: "r", token: "t", leaseMs: 1_000 });
  expect(queries[0]).not.toHaveProperty("query_timeout");
});

it("the clients of the pool that have not answered since are given up with the one that did not, new ones are not", async () => {
  const told: string[] = [];
  let isServerThere = true;
  const client = (name: string) => ({
    query: ({ query_timeout = 0 }: PgQuery) =>
      isServerThere || name === "new"
        ? Promise.resolve({ rows: [], rowCount: 0 })
        : new Promise<never>((_, reject) =>
            setTimeout(() => reject(new Error("Query read timeout")), query_timeout),
          ),
    release: (error?: unknown) => void told.push(`${name} ${error ? "given up" : "given back"}`),
  });
  const [one, two] = [client("one"), client("two")];
  const lendings = [one, two, one, two, client("new")];
  const pool = { query: one.query, connect: async () => lendings.shift() as typeof one };
  const clients = new TimedClients(pool, 100);
  const asked = { text: "select 1", values: [] };
  await Promise.all([clients.query(asked), clients.query(asked)]);
  isServerThere = false;
  await expect(clients.query(asked)).rejects.toThrow("Query read timeout");
  await clients.query(asked);
  expect(told).toEqual([
    "one given back",
    "two given back",
    "one given up",
    "two given up",
    "new given back",
  ]);
});
