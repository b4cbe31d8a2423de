import { DatabaseSync } from "node:sqlite";
import { bootstrap, Command, type HandlerContext, NotificationEvent } from "sluice";
import { MemoryMessageBroker } from "sluice/brokers";
import { gzip } from "sluice/codecs/gzip";
import { type ProtobufFields, protobufCodec } from "sluice/codecs/protobuf";
import { startInboxWorker } from "sluice/inbox";
import { MessageRegistry, schemaCommand, schemaNotificationEvent } from "sluice/messages";
import { startRelay } from "sluice/outbox";
import { migrateSqlite, SqliteInbox, SqliteOutbox } from "sluice/stores/sqlite";
import { expect, it, vi } from "vitest";
import { z } from "zod";
import { OrderPlacedSchema, Status } from "./shop-pb.fixture.js";

type Order = ProtobufFields<typeof OrderPlacedSchema>;

class OrderPlaced extends NotificationEvent<Order> {
  constructor(payload: Order) {
    super({ eventName: "order.placed", topic: "orders", key: payload.orderId, payload });
  }
}

class ReportMade extends NotificationEvent<{ lines: string[] }> {
  constructor(...lines: string[]) {
    super({ eventName: "report.made", topic: "orders", key: "report", payload: { lines } });
  }
}

class OrderShipped extends schemaNotificationEvent({
  eventName: "order.shipped",
  topic: "orders",
  payload: z.object({ orderId: z.string(), at: z.coerce.date() }),
  key: ({ orderId }) => orderId,
}) {}

class Bill extends Command {
  constructor(readonly order: Order) {
    super();
  }
}

class File extends Command {
  constructor(readonly lines: string[]) {
    super();
  }
}

class Thank extends schemaCommand(z.object({ orderId: z.string(), at: z.coerce.date() })) {}

const compression = gzip({ above: 200 });
const registry = new MessageRegistry()
  .register("order.placed", OrderPlaced, { codec: protobufCodec(OrderPlacedSchema) })
  .register("report.made", ReportMade, { compression })
  .register("order.shipped", OrderShipped)
  .register("bill", Bill, {
    codec: protobufCodec(OrderPlacedSchema, {
      write: ({ order }: { order: Order }) => order,
      read: (order) => ({ order }),
    }),
  })
  .register("file", File, { compression })
  .register("thank", Thank);

const placed = new OrderPlaced({
  orderId: "o-1",
  totalCents: 2n ** 60n,
  placedAt: new Date(1_700_000_000_000),
  signature: new Uint8Array([0, 255]),
  status: Status.OPEN,
  lines: [],
  reminders: {},
  payment: { case: "voucher", value: "v" },
  weight: 0,
});
const large = new ReportMade(...Array.from({ length: 100 }, (_, n) => `line ${n}`));
const small = new ReportMade("one line");
const shipped = new OrderShipped({ orderId: "o-1", at: new Date(5) });
const events = [placed, large, small, shipped];

/** What a consumer makes of an event. */
function commandOf(event: unknown): Command {
  if (event instanceof OrderPlaced) return new Bill(event.payload);
  if (event instanceof OrderShipped) return new Thank(event.payload);
  if (event instanceof ReportMade) return new File(event.payload.lines);
  throw new Error("Nobody knows it.");
}

async function stores() {
  const db = new DatabaseSync(":memory:");
  migrateSqlite(db);
  return { db, outbox: new SqliteOutbox(db, { registry }), inbox: new SqliteInbox(db, { registry }) };
}

it("brings protobuf, compressed JSON and dates from an outbox to the handlers of an inbox (M1, M3)", async () => {
  const { db, outbox, inbox } = await stores();
  db.exec("begin");
  outbox.add(events, db);
  db.exec("commit");
  expect(db.prepare("select content_type, headers from sluice_outbox order by id").all()).toEqual([
    { content_type: "application/protobuf", headers: "{}" },
    { content_type: "application/json", headers: '{"content-encoding":"gzip"}' },
    { content_type: "application/json", headers: "{}" },
    { content_type: "application/json", headers: "{}" },
  ]);

  const broker = new MemoryMessageBroker();
  await broker.subscribe({
    topics: ["orders"],
    async onMessage(message) {
      const bytes = message.encoded.bytes;
      const decoded = registry.decode(message.name, bytes, message);
      if (!decoded.ok) throw decoded.error;
      const isPlain = message.encoded.contentType.includes("json") && !message.headers["content-encoding"];
      expect(message.payload).toEqual(isPlain ? JSON.parse(new TextDecoder().decode(bytes)) : bytes);
      expect(events).toContainEqual(decoded.message);
      await inbox.add([
        [message.id, commandOf(decoded.message), { key: message.key, headers: message.headers }],
      ]);
      await inbox.add([[message.id, commandOf(decoded.message), { headers: message.headers }]]);
    },
  });
  const relay = await startRelay({ outbox, broker });
  await vi.waitFor(async () => expect((await outbox.queue.desk.stats()).pending).toBe(0));
  await relay.close();
  await broker.close();
  expect(broker.deadLetters).toEqual([]);

  const handled: [string, unknown][] = [];
  const headersSeen: unknown[] = [];
  const handle = async (command: Command, { metadata }: HandlerContext) => {
    handled.push([metadata.correlationId, command]);
    headersSeen.push(metadata.headers);
  };
  const mediator = bootstrap({
    commandsMapper: (map) => map.bind(Bill, handle).bind(File, handle).bind(Thank, handle),
  });
  const worker = await startInboxWorker({ inbox, mediator });
  await vi.waitFor(() => expect(handled).toHaveLength(4));
  await worker.close();
  expect(new Map(handled)).toEqual(new Map(events.map((event) => [event.eventId, commandOf(event)])));
  // What is said of these bytes is not handed on to the next message.
  expect(headersSeen).toEqual([{}, {}, {}, {}]);
});

it("does not take over from another message that it is compressed (M1)", async () => {
  const { db, outbox, inbox } = await stores();
  const headers = { "content-encoding": "gzip", tenant: "t" };
  db.exec("begin");
  outbox.add(small, db, { headers });
  outbox.add(large, db, { headers: { "content-encoding": "br" } });
  db.exec("commit");
  await inbox.add([["m-1", new File(["one line"]), { headers }]]);
  expect(
    db.prepare("select headers from sluice_outbox union all select headers from sluice_inbox").all(),
  ).toEqual(
    ['{"tenant":"t"}', '{"content-encoding":"gzip"}', '{"tenant":"t"}'].map((text) => ({ headers: text })),
  );
});

it("stores by the size of the compressed bytes (M1)", async () => {
  const { db } = await stores();
  const outbox = new SqliteOutbox(db, { registry, maxBytes: 1_000 });
  db.exec("begin");
  outbox.add(new ReportMade("x".repeat(100_000)), db);
  const random = Array.from({ length: 500 }, () => crypto.randomUUID());
  expect(() => outbox.add(new ReportMade(...random), db)).toThrow(
    expect.objectContaining({ code: "SLUICE_OUTBOX_REFUSED" }),
  );
  db.exec("commit");
});

it("makes a dead letter of damaged bytes, with the bytes kept, and goes on (M2)", async () => {
  const { db, inbox } = await stores();
  const lines = Array.from({ length: 100 }, (_, n) => `line ${n}`);
  await inbox.add([
    ["m-1", new File(lines), { key: "k" }],
    ["m-2", new Bill(placed.payload), { key: "k" }],
    ["m-3", new File(lines), { key: "k" }],
  ]);
  db.exec("update sluice_inbox set body = substr(body, 1, length(body) - 1) where message_id <> 'm-3'");
  const bodies = db.prepare("select body from sluice_inbox order by id").all();

  let handled = 0;
  const mediator = bootstrap({
    commandsMapper: (map) =>
      map.bind(File, async () => void handled++).bind(Bill, async () => void handled++),
  });
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const worker = await startInboxWorker({ inbox, mediator, logger });
  await vi.waitFor(() => expect(handled).toBe(1));
  await worker.close();
  const dead = await inbox.queue.desk.list({ state: "dead", limit: 9 });
  expect(dead.map(({ messageId }) => messageId)).toEqual(["m-1", "m-2"]);
  expect(dead[0]?.lastError).toContain("The bytes were not decompressed: unexpected end of file");
  expect(dead.map(({ body }) => ({ body: new Uint8Array(body) }))).toEqual(bodies.slice(0, 2));
});
