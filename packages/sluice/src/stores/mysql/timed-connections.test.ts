import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { quiet, rejection } from "../../mediator/flow.fixture.js";
import { MessageRegistry } from "../../messages/message-registry.js";
import type { MysqlPoolConnection } from "./mysql-drivers.js";
import { MysqlOutbox } from "./mysql-outbox.js";
import { QueryTimeoutError, TimedConnections } from "./timed-connections.js";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

/** A pool whose connections answer when they are told to. */
function silentPool() {
  const answers: PromiseWithResolvers<[unknown]>[] = [];
  const told: string[] = [];
  const query = () => {
    const answer = Promise.withResolvers<[unknown]>();
    answers.push(answer);
    return answer.promise;
  };
  const connection = {
    query,
    release: () => void told.push("released"),
    destroy: () => void told.push("destroyed"),
  };
  return { pool: { query, getConnection: async () => connection }, answers, told };
}

const registry = new MessageRegistry();
const renewed = (outbox: MysqlOutbox) => outbox.queue.leases.renew({ name: "r", token: "t", leaseMs: 1_000 });

it("a statement of a relay that gets no answer in time gives its connection up (O3)", async () => {
  const { pool, told } = silentPool();
  const failed = rejection<QueryTimeoutError>(
    renewed(new MysqlOutbox(pool, { registry, queryTimeoutMs: 2_000 })),
  );
  await quiet();
  vi.advanceTimersByTime(1_999);
  await quiet();
  expect(told).toEqual([]);
  vi.advanceTimersByTime(1);
  const error = await failed;
  expect(error).toBeInstanceOf(QueryTimeoutError);
  expect(error.timeoutMs).toBe(2_000);
  // A pool does not lend out again what was destroyed before it was released.
  expect(told).toEqual(["destroyed", "released"]);
});

it("one that is answered gives it back, and leaves no timer", async () => {
  const { pool, answers, told } = silentPool();
  void renewed(new MysqlOutbox(pool, { registry, queryTimeoutMs: 2_000 })).catch(() => {});
  await quiet();
  answers[0]?.resolve([{ affectedRows: 1 }]);
  await quiet();
  expect(told).toEqual(["released"]);
  // That of the next statement.
  expect(vi.getTimerCount()).toBe(1);
});

it("gives up the others of the pool that have not answered since, and lends new ones", async () => {
  const told: string[] = [];
  let isServerThere = true;
  const kept = Object.fromEntries(["one", "two", "new"].map((name) => [name, {}]));
  // The pool lends something new each time.
  const lendings = ["one", "two", "one", "two", "new"].map((name) => ({
    connection: kept[name] as object,
    query: () =>
      isServerThere || name === "new" ? Promise.resolve<[unknown]>([[]]) : new Promise<[unknown]>(() => {}),
    release: () => void told.push(`${name} released`),
    destroy: () => void told.push(`${name} destroyed`),
  }));
  const getConnection = async () => lendings.shift() as MysqlPoolConnection;
  const connections = new TimedConnections({ query: async () => [[]], getConnection }, 2_000);
  for (const connection of [await connections.lend(), await connections.lend()]) {
    await connection.query("select 1");
    connection.release();
  }
  isServerThere = false;
  const failed = rejection((await connections.lend()).query("select 1"));
  vi.advanceTimersByTime(2_000);
  expect(await failed).toBeInstanceOf(QueryTimeoutError);
  await (await connections.lend()).query("select 1");
  expect(told).toEqual(["one released", "two released", "one destroyed", "two destroyed"]);
});

it("what takes its time, such as counting all rows, has no such limit", async () => {
  const { pool, told } = silentPool();
  void new MysqlOutbox(pool, { registry, queryTimeoutMs: 100 }).queue.desk.stats().catch(() => {});
  await quiet();
  vi.advanceTimersByTime(60_000);
  await quiet();
  expect(told).not.toContain("destroyed");
});

it.each([0, 99, Number.NaN, "1s"])("refuses %j for queryTimeoutMs", (queryTimeoutMs) => {
  const { pool } = silentPool();
  expect(() => new MysqlOutbox(pool, { registry, queryTimeoutMs: queryTimeoutMs as number })).toThrow(
    "MysqlOutbox queryTimeoutMs is ",
  );
});
