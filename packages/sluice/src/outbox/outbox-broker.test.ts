import { AsyncLocalStorage } from "node:async_hooks";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Message } from "../brokers/message.js";
import type { Container } from "../containers/container.js";
import { bootstrap } from "../mediator/bootstrap.js";
import { bindBodies, Do, Told } from "../mediator/flow.fixture.js";
import { MessageRegistry } from "../messages/message-registry.js";
import type { MemoryTransaction } from "../queue/memory-transaction.js";
import { MemoryOutbox } from "./memory-outbox.js";
import { type OutboxBrokerOptions, outboxBroker } from "./outbox-broker.js";

class UnitOfWork {
  constructor(readonly tx: MemoryTransaction) {}
}

const { signal } = new AbortController();
const timestamp = new Date("2026-11-28T10:00:00Z");
let outbox: MemoryOutbox;

beforeEach(() => {
  outbox = new MemoryOutbox({ registry: new MessageRegistry().register("test.told", Told) });
});

const messageOf = (id: string, n: number): Message => ({
  id,
  name: "test.told",
  topic: "test",
  key: "k",
  timestamp,
  headers: { "correlation-id": "c-1", tenant: "t-1" },
  payload: { n },
});

const pending = () => outbox.queue.desk.list({ state: "pending", limit: 10 });

/** Each dispatch has a scope with a transaction, which is committed when the dispatch goes well. */
const container: Container = {
  resolve() {
    throw new Error("outside of a dispatch");
  },
  createScope() {
    const unitOfWork = new UnitOfWork(outbox.begin());
    return {
      resolve: () => unitOfWork as never,
      close: async (error) => (error === undefined ? unitOfWork.tx.commit() : unitOfWork.tx.rollback()),
    };
  },
};

const ofUnitOfWork: OutboxBrokerOptions<MemoryTransaction> = {
  transaction: async (unitOfWork) => (await unitOfWork.resolve(UnitOfWork)).tx,
};

const mediatorWith = (options: OutboxBrokerOptions<MemoryTransaction>) =>
  bootstrap({
    container,
    scope: "dispatch",
    concurrentEventHandleEnable: false,
    messageBroker: outboxBroker(outbox, options),
    commandsMapper: bindBodies,
  });

describe("a mediator whose broker is an outbox", () => {
  it("stores its events in the unit of work of the dispatch, under their own ids (O1, M3)", async () => {
    const [first, second] = [new Told(1, "k"), new Told(2, "k")];
    await mediatorWith(ofUnitOfWork).send(
      new Do(async ({ emit }) => {
        emit(first);
        emit(second);
        expect(await pending()).toEqual([]);
      }),
    );
    expect((await pending()).map(({ messageId }) => messageId)).toEqual([first.eventId, second.eventId]);
  });

  it("stores nothing when the dispatch fails (O1, U2)", async () => {
    const sent = mediatorWith(ofUnitOfWork).send(
      new Do(({ emit }) => {
        emit(new Told(1));
        throw new Error("no stock");
      }),
    );
    await expect(sent).rejects.toThrow("no stock");
    expect(await pending()).toEqual([]);
  });

  it("fails, and stores nothing, when an event cannot be stored (O1, E6)", async () => {
    const sent = mediatorWith(ofUnitOfWork).send(
      new Do(({ emit }) => {
        emit(new Told(1));
        emit(new Told(2, "k".repeat(501)));
      }),
    );
    await expect(sent).rejects.toMatchObject({
      errors: [{ code: "SLUICE_OUTBOX_REFUSED" }],
    });
    expect(await pending()).toEqual([]);
  });

  it("says that the handlers share no unit of work where it asks for one (U2)", async () => {
    const mediator = bootstrap({
      messageBroker: outboxBroker(outbox, ofUnitOfWork),
      commandsMapper: bindBodies,
    });
    await expect(mediator.send(new Do(({ emit }) => emit(new Told(1))))).rejects.toMatchObject({
      errors: [{ code: "SLUICE_NO_UNIT_OF_WORK", message: expect.stringContaining('"dispatch"') }],
    });
  });

  it("takes the transaction from wherever the application keeps it (O1)", async () => {
    const current = new AsyncLocalStorage<MemoryTransaction>();
    const mediator = bootstrap({
      messageBroker: outboxBroker(outbox, { transaction: () => current.getStore() as MemoryTransaction }),
      commandsMapper: bindBodies,
    });
    const tx = outbox.begin();
    await current.run(tx, () => mediator.send(new Do(({ emit }) => emit(new Told(1)))));
    expect(await pending()).toEqual([]);
    tx.commit();
    expect(await pending()).toHaveLength(1);
  });
});

describe("outboxBroker", () => {
  it("stores messages as they are: id, key, topic, moment, headers and payload (O1, M3)", async () => {
    const tx = outbox.begin();
    const broker = outboxBroker(outbox, { transaction: () => tx });
    await broker.publish([messageOf("m-1", 1), messageOf("m-2", 2)], { signal });
    await broker.close();
    tx.commit();
    const rows = await pending();
    expect(rows).toMatchObject(
      ["m-1", "m-2"].map((messageId) => ({ messageId, name: "test.told", topic: "test", key: "k" })),
    );
    for (const [at, { body, headers, timestamp: at1970 }] of rows.entries()) {
      expect(JSON.parse(new TextDecoder().decode(body))).toEqual({ n: at + 1 });
      expect(JSON.parse(headers)).toEqual({ "correlation-id": "c-1", tenant: "t-1" });
      expect(at1970).toBe(timestamp.getTime());
    }
  });

  it("asks once for the transaction of messages that are published together (O1)", async () => {
    const transaction = vi.fn(() => outbox.begin());
    await outboxBroker(outbox, { transaction }).publish([messageOf("m-1", 1), messageOf("m-2", 2)], {
      signal,
    });
    expect(transaction).toHaveBeenCalledOnce();
  });

  it("fails as the transaction does (O1)", async () => {
    const transaction = () => {
      throw new Error("The pool is empty.");
    };
    const publishing = outboxBroker(outbox, { transaction }).publish([messageOf("m-1", 1)], { signal });
    await expect(publishing).rejects.toThrow("The pool is empty.");
  });

  it("refuses what gives no transaction", () => {
    expect(() => outboxBroker(outbox, { transaction: {} as never })).toThrow(
      expect.objectContaining({ code: "SLUICE_INVALID_OPTION", option: "outboxBroker transaction" }),
    );
  });
});
