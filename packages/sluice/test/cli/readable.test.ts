import { expect, it, vi } from "vitest";
import { Folder } from "./folder.fixture.js";

vi.setConfig({ testTimeout: 30_000 });

const config = `
import { DatabaseSync } from "node:sqlite";
import { NotificationEvent } from "sluice";
import { gzip } from "sluice/codecs/gzip";
import { protobufCodec } from "sluice/codecs/protobuf";
import { MessageRegistry } from "sluice/messages";
import { migrateSqlite, SqliteOutbox } from "sluice/stores/sqlite";
import { DurationSchema } from "@bufbuild/protobuf/wkt";

class Waited extends NotificationEvent {}
class Report extends NotificationEvent {}

export const registry = new MessageRegistry()
  .register("waited", Waited, { codec: protobufCodec(DurationSchema) })
  .register("report", Report, { compression: gzip({ above: 10 }) });
const db = new DatabaseSync("shop.db");
migrateSqlite(db);
const outbox = new SqliteOutbox(db, { registry });

if (db.prepare("select count(*) as n from sluice_outbox").get().n === 0) {
  db.exec("begin");
  const of = (eventName, payload) => ({ eventName, eventId: eventName, topic: "t", payload });
  outbox.add(new Waited(of("waited", { seconds: 90n, nanos: 27 })), db);
  outbox.add(new Report(of("report", { lines: "\\u001b[2J".repeat(20) })), db);
  db.exec("commit");
}

export default { database: "sqlite:shop.db", outbox };
`;

it("shows what a codec or a compression wrote, where it can, and never the bytes", async () => {
  using folder = new Folder();
  folder.install("@bufbuild/protobuf");
  folder.write("package.json", '{ "type": "module" }');
  folder.write("sluice.config.js", config);
  const read = await folder.run(["outbox", "show", "waited"]);
  expect(read.stdout).toMatch(/\n\n\{\n {2}"seconds": "90",\n {2}"nanos": 27\n\}\n$/);
  expect(await folder.json(["outbox", "list"])).toMatchObject([
    { contentType: "application/protobuf", payload: { seconds: "90", nanos: 27 } },
    { headers: { "content-encoding": "gzip" }, payload: { lines: "\u001b[2J".repeat(20) } },
  ]);

  const database = "--database=sqlite:shop.db";
  const unread = await folder.run(["outbox", "show", "waited", database]);
  expect(unread.stdout).toMatch(/\ncontent type {2}application\/protobuf\n\n4 bytes, which only a config/);
  const unzipped = await folder.run(["outbox", "show", "report", database]);
  expect(unzipped.stdout).toContain('"lines": "\\u001b[2J');
  expect(unzipped.stdout).not.toContain("\x1b");
  expect(await folder.json(["outbox", "show", "waited", database])).toMatchObject([
    { payloadBase64: "CFoQGw==" },
  ]);
});
