import { beforeEach, describe, expect, it, vi } from "vitest";
import type { ContainerScope } from "../containers/container.js";
import type { HandlerContext } from "../handlers/handler-context.js";
import { bootstrap } from "../mediator/bootstrap.js";
import { Gates, Gauge, quiet } from "../mediator/flow.fixture.js";
import { Command } from "../messages/command.js";
import { DomainEvent } from "../messages/domain-event.js";
import { MessageRegistry } from "../messages/message-registry.js";
import type { Delivery } from "../queue/deliverer.js";
import type { MemoryTransaction } from "../queue/memory-transaction.js";
import type { QueueRow } from "../queue/queue-row.js";
import type { Lease } from "../queue/queue-store.js";
import { Dispatcher, type DispatcherOptions } from "./dispatcher.js";
import type { InboxEntry } from "./inbox.js";
import { MemoryInbox } from "./memory-inbox.js";

class Todo extends Command {
  constructor(readonly what: string) {
    super();
  }
}

class Noticed extends DomainEvent {
  constructor(readonly what: string) {
    super();
  }
}

class Overheard extends DomainEvent {}

/** Streams what it passes. */
class Tour extends Command<string> {
  constructor(readonly stops: readonly string[]) {
    super();
  }
}

const registry = new MessageRegistry()
  .register("todo", Todo)
  .register("noticed", Noticed)
  .register("overheard", Overheard)
  .register("tour", Tour);

let inbox: MemoryInbox;
let leases: readonly Lease[];
let gates: Gates;
let gauge: Gauge;
let aborting: AbortController;

beforeEach(() => {
  inbox = new MemoryInbox({ registry });
  gates = new Gates();
  gauge = new Gauge();
  aborting = new AbortController();
});

/** Stores messages, and claims them as a worker does. */
async function claim(...entries: readonly InboxEntry[]): Promise<readonly QueueRow[]> {
  inbox.add(entries);
  const { buckets, rows, leases: store } = inbox.queue;
  leases = await store.take({ name: "worker", token: "token", leaseMs: 60_000 }, buckets);
  return rows.claim({ leases, limit: 100, skipKeys: [], skipTopics: [] });
}

/** Entries of what is to do, each named by its key and its number: `a1`. */
const todos = (...names: readonly string[]): InboxEntry[] =>
  names.map((name) => [`id of ${name}`, new Todo(name), { key: name[0] }]);

/** Each message waits at the gate of its name. */
const atGates = (what: string) => gauge.during(() => gates.pass(what));

function deliver(
  rows: readonly QueueRow[],
  options: Partial<DispatcherOptions<MemoryTransaction>> = {},
): Promise<Delivery> {
  const mediator = bootstrap({
    commandsMapper: (map) =>
      map
        .bind(Todo, ({ what }) => atGates(what))
        .bind(Tour, async function* ({ stops }) {
          for (const stop of stops) {
            await atGates(stop);
            yield stop;
          }
        }),
    domainEventsMapper: (map) => map.bind(Noticed, ({ what }) => atGates(what)),
  });
  const given = { inbox, mediator, concurrency: 10, transaction: undefined, scope: undefined, ...options };
  return new Dispatcher(given).deliver(rows, leases, aborting.signal);
}

/** What is told of rows, by the ids of their messages. */
const idsOf = (rows: readonly QueueRow[] = []) =>
  rows.map(({ messageId }) => messageId.replace("id of ", ""));

async function transaction(work: (tx: MemoryTransaction) => Promise<void>): Promise<void> {
  const tx = inbox.begin();
  try {
    await work(tx);
  } catch (error) {
    tx.rollback();
    throw error;
  }
  tx.commit();
}

describe("stored messages", () => {
  it("of one key are handled one after another, those of others beside them (O8)", async () => {
    const delivering = deliver(await claim(...todos("a1", "a2", "b1")));
    await quiet();
    expect(gates.waiting).toEqual(["a1", "b1"]);
    await gates.open("a1");
    expect(gates.waiting).toEqual(["b1", "a2"]);
    await gates.openAll();
    expect(idsOf((await delivering).done).toSorted()).toEqual(["a1", "a2", "b1"]);
  });

  it("are handled no more than concurrency at the same moment (O8)", async () => {
    const names = [..."abcdefg"].flatMap((key) => [`${key}1`, `${key}2`]);
    const delivering = deliver(await claim(...todos(...names)), { concurrency: 3 });
    await gates.openAll();
    expect((await delivering).done).toHaveLength(14);
    expect(gauge.peak).toBe(3);
  });

  it("are read to their end where they stream (O8)", async () => {
    const delivering = deliver(await claim(["id of t1", new Tour(["s1", "s2"])]));
    await gates.openAll();
    expect(idsOf((await delivering).done)).toEqual(["t1"]);
    expect(gates.arrived).toEqual(["s1", "s2"]);
  });

  it("are published where they are domain events (O8)", async () => {
    const delivering = deliver(await claim(["id of n1", new Noticed("n1")]));
    await quiet();
    expect(gates.waiting).toEqual(["n1"]);
    await gates.openAll();
    expect(idsOf((await delivering).done)).toEqual(["n1"]);
  });
});

describe("a message that fails", () => {
  it("is at fault; those behind it in its key are not tried, others are (O4, O8)", async () => {
    const rows = await claim(...todos("a1", "a2", "a3", "b1"));
    const delivering = deliver(rows);
    await quiet();
    await gates.open("a1");
    const error = new Error("no stock");
    await gates.fail("a2", error);
    await gates.openAll();
    const { done, failed } = await delivering;
    expect(idsOf(done).toSorted()).toEqual(["a1", "b1"]);
    expect(failed).toEqual([{ row: rows[1], error, blame: "message" }]);
  });

  it.each([
    ["body is no JSON", { body: new TextEncoder().encode("{") }],
    ["headers are no JSON", { headers: "{" }],
    ["name is unknown", { name: "todo.v0" }],
  ])("is dead at once where its %s, and its key goes on (M2, O4)", async (_, damage) => {
    const [first, ...rest] = (await claim(...todos("a1", "a2"))) as [QueueRow, QueueRow];
    const delivering = deliver([{ ...first, ...damage }, ...rest]);
    await gates.openAll();
    const { done, failed } = await delivering;
    expect(failed).toMatchObject([
      { row: { messageId: "id of a1" }, error: { code: expect.stringMatching(/^SLUICE_/) }, blame: "final" },
    ]);
    expect(idsOf(done)).toEqual(["a2"]);
  });

  it("is one that nothing is bound to, so that it is not taken for done (O8)", async () => {
    const { done, failed } = await deliver(await claim(["m-1", new Overheard()]));
    expect(done).toEqual([]);
    expect(failed).toMatchObject([{ error: { code: "SLUICE_UNHANDLED_EVENT" }, blame: "message" }]);
  });
});

describe("a delivery that is aborted", () => {
  it("begins nothing more, not even a transaction, and blames nothing that ends by it (O4)", async () => {
    const begins = vi.fn(transaction);
    const mediator = bootstrap({
      commandsMapper: (map) =>
        map.bind(Todo, async ({ what }, { signal }: HandlerContext) => {
          await gates.pass(what);
          signal.throwIfAborted();
        }),
    });
    const rows = await claim(...todos("a1", "a2", "b1", "b2", "c1"));
    const delivering = deliver(rows, { mediator, concurrency: 2, transaction: begins });
    await quiet();
    aborting.abort(new Error("closing"));
    await gates.openAll();
    expect(gates.arrived).toEqual(["a1", "b1"]);
    expect(begins).toHaveBeenCalledTimes(2);
    expect(await delivering).toEqual({ done: [], marked: [], failed: [] });
  });
});

describe("with a transaction for each message", () => {
  it("the mark commits with what the handler did, and is not made again (O7, O8)", async () => {
    const delivering = deliver(await claim(...todos("a1", "b1")), { transaction });
    await quiet();
    expect(await inbox.queue.desk.stats()).toMatchObject({ pending: 2, done: 0 });
    await gates.open("b1");
    expect(await inbox.queue.desk.stats()).toMatchObject({ pending: 1, done: 1 });
    await gates.openAll();
    const { done, marked, failed } = await delivering;
    expect({ done, marked: idsOf(marked), failed }).toEqual({ done: [], marked: ["b1", "a1"], failed: [] });
    expect(await inbox.queue.desk.stats()).toMatchObject({ pending: 0, done: 2 });
  });

  it("a handler that fails has it rolled back (O7)", async () => {
    const delivering = deliver(await claim(...todos("a1")), { transaction });
    await quiet();
    await gates.fail("a1", new Error("no stock"));
    expect(await delivering).toMatchObject({ marked: [], failed: [{ blame: "message" }] });
    expect(await inbox.queue.desk.stats()).toMatchObject({ pending: 1, done: 0 });
  });

  it("a commit that fails is the message's failure (O7)", async () => {
    const failing = async (work: (tx: MemoryTransaction) => Promise<void>) => {
      await work(inbox.begin());
      throw new Error("The commit failed.");
    };
    const delivering = deliver(await claim(...todos("a1", "a2")), { transaction: failing });
    await gates.openAll();
    expect(await delivering).toMatchObject({
      marked: [],
      failed: [{ error: { message: "The commit failed." }, blame: "message" }],
    });
    expect(gates.arrived).toEqual(["a1"]);
  });

  it("one that keeps a handler's error to itself has not committed: the message fails (O7)", async () => {
    const swallowing = (work: (tx: MemoryTransaction) => Promise<void>) => transaction(work).catch(() => {});
    const delivering = deliver(await claim(...todos("a1")), { transaction: swallowing });
    await quiet();
    await gates.fail("a1", new Error("no stock"));
    expect(await delivering).toMatchObject({ marked: [], failed: [{ error: { message: "no stock" } }] });
  });

  it("one that does not run the work has handled nothing: the message fails (O7)", async () => {
    expect(await deliver(await claim(...todos("a1")), { transaction: async () => {} })).toMatchObject({
      marked: [],
      failed: [{ error: { code: "SLUICE_INVALID_OPTION", option: "startInboxWorker transaction" } }],
    });
  });

  it("what is handled while its bucket goes to another worker is rolled back, and blamed on nobody (O3, O7)", async () => {
    const rows = await claim(...todos("a1", "a2"));
    const delivering = deliver(rows, { transaction });
    await quiet();
    const lost = leases.find(({ bucket }) => bucket === rows[0]?.bucket) as Lease;
    await inbox.queue.leases.release([lost]);
    await inbox.queue.leases.take({ name: "other", token: "other", leaseMs: 60_000 }, 1);
    await gates.openAll();
    expect(await delivering).toEqual({ done: [], marked: [], failed: [] });
    expect(gates.arrived).toEqual(["a1"]);
    expect(await inbox.queue.desk.stats()).toMatchObject({ pending: 2, done: 0 });
  });

  it("the handlers are resolved in the scope that is made of it, which is left open (U3)", async () => {
    class UnitOfWork {
      constructor(readonly tx: MemoryTransaction) {}
    }
    const begun: MemoryTransaction[] = [];
    const used: MemoryTransaction[] = [];
    const closed: unknown[] = [];
    const scope = (tx: MemoryTransaction): ContainerScope => {
      begun.push(tx);
      return { resolve: () => new UnitOfWork(tx) as never, close: async (error) => void closed.push(error) };
    };
    const mediator = bootstrap({
      commandsMapper: (map) =>
        map.bind(Todo, async (_, { resolve }) => void used.push((await resolve(UnitOfWork)).tx)),
    });
    await deliver(await claim(...todos("a1", "b1")), { mediator, scope, transaction });
    expect(used).toHaveLength(2);
    expect(used).toEqual(begun);
    expect(closed).toEqual([]);
  });
});

describe("what came with a message", () => {
  async function metadataOf(headers?: Readonly<Record<string, string>>) {
    const told = Promise.withResolvers<HandlerContext["metadata"]>();
    const mediator = bootstrap({
      commandsMapper: (map) => map.bind(Todo, async (_, { metadata }) => told.resolve(metadata)),
    });
    await deliver(await claim(["m-1", new Todo("a1"), { headers }]), { mediator });
    return told.promise;
  }

  it("reaches the handler: the flow that it belongs to, and its headers (O8)", async () => {
    const headers = { "correlation-id": "c-1", "causation-id": "e-1", tenant: "t-1" };
    const metadata = await metadataOf(headers);
    expect(metadata).toMatchObject({ correlationId: "c-1", causationId: "e-1" });
    expect(metadata.headers).toEqual({ tenant: "t-1" });
  });

  it("begins a flow of its own under the message's id where nothing is said of one (O8)", async () => {
    const begun = { messageId: "m-1", correlationId: "m-1", causationId: undefined, headers: {} };
    expect(await metadataOf()).toMatchObject(begun);
  });
});
