import { expect, it } from "vitest";
import { MessageRegistry } from "../../messages/message-registry.js";
import type { PgQuery } from "./postgres-drivers.js";
import { PostgresOutbox } from "./postgres-outbox.js";

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
